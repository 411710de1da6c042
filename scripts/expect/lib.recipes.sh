# What recipes.sh runs commands in: the machine that the README and the man pages
# speak of, and what is seen of it.
#
#   fresh, restart   start chatd, without rooms or with those there are
#   say LINE ...     has chatd carry out these lines
#   attend ROOM      has somebody listen in a room, whose screen is $scratch/seen
#   run COMMAND      runs a command to its end; $scratch/out is what it shows
#   begin COMMAND    runs one that goes on until end, or finishes by itself
#   shown, shows     look for a line there, waiting for it or not
#   holds ROOM TEXT  looks for a post
. "$(dirname "$0")/lib.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOCACHE GOMODCACHE TERM=xterm GOFLAGS=-buildvcs=false # the git below is not the real one
export HOME=$scratch/home PATH=$scratch/bin:$PATH
export JOB=nightly COMMIT=5f3a9c0 RUN_ID=5f3a9c01be774d20 seen=0 # variables of the recipes
state=$HOME/.local/state/chatd
mkdir -p "$HOME" "$scratch/bin" "$scratch/place" "$scratch/etc" "$scratch/backup" "$scratch/run/chatd"
trap 'cleanUp || :; end' EXIT

# The machine that the text speaks of: the host chat, port 5001, and directories
# at the top are this session's own. Only the arguments are changed.
cat >"$scratch/bin/nc" <<'END'
#!/usr/bin/env bash
arguments=()
for argument; do
    case $argument in
    localhost:5001) argument=$CHATD_LISTEN ;;
    192.0.2.7:5001) argument=127.0.0.2:$PORT ;;
    192.0.2.4) argument=127.0.0.2 ;;
    localhost:9101) argument=127.0.0.1:0 ;;
    localhost | chat) argument=127.0.0.1 ;;
    5001) argument=$PORT ;;
    /etc/* | /backup/*) argument=$SCRATCH$argument ;;
    unix:///run/*) argument=unix://$SCRATCH${argument#unix://} ;;
    esac
    arguments+=("$argument")
done
case ${0##*/} in
nc) exec nc.openbsd "${arguments[@]}" ;;
chatd) exec "$CHATD" "${arguments[@]}" ;;
cp) exec /bin/cp "${arguments[@]}" ;;
esac
END
# A build, which writes to both outputs, and a log.
cat >"$scratch/bin/make" <<'END'
#!/bin/sh
echo cc main.c
echo 'main.c:7: warning: no newline' >&2
END
cat >"$scratch/bin/git" <<'END'
#!/bin/sh
echo commit 5f3a9c0
echo '    mend the build'
END
chmod +x "$scratch"/bin/*
cp "$scratch/bin/nc" "$scratch/bin/chatd"
cp "$scratch/bin/nc" "$scratch/bin/cp"
ln -s "$CHAT" "$scratch/bin/chat"
export SCRATCH=$scratch

# fresh starts chatd without rooms, where commands look for it.
fresh() {
    stop
    rm -rf "$state"
    restart
}

restart() {
    daemon --data "$state"
    export PORT=$port CHATD_LISTEN=$host:$port CHAT_SERVER=$host:$port
}

# say has chatd carry out these lines.
say() { printf '%s\n' "$@" | client nc.openbsd -N "$host" "$port"; }

# attend has somebody listen in a room, whose screen is $scratch/seen.
attend() {
    printf 'CREATE %s\nJOIN %s\n' "$1" "$1" | nc.openbsd "$host" "$port" >"$scratch/seen" &
    await "$scratch/seen" "^OK JOIN $1"
}

# directory is where a command is typed.
directory() {
    case $1 in
    'go '*) echo "$top" ;;
    *) echo "$scratch/place" ;;
    esac
}

# run runs a command to its end. $scratch/out is what it shows.
run() {
    (cd "$(directory "$1")" && timeout "$patience" bash -c "$1") >"$scratch/out" 2>&1 </dev/null ||
        fail "it exits with $?: $(cat "$scratch/out")"
}

# begin runs a command that goes on until end.
begin() {
    rm -f "$scratch/out" # one that ended before may still write to it
    : >"$scratch/out"
    (cd "$(directory "$1")" && exec setsid bash -c "$1") >"$scratch/out" 2>&1 </dev/null &
    begun=$!
}

end() {
    [ -n "${begun:-}" ] || return 0
    kill -TERM -- "-$begun" 2>/dev/null || :
    wait "$begun" 2>/dev/null || :
    begun=
}

# finishes waits for a command that was begun and ends by itself.
finishes() {
    timeout "$patience" tail -s 0.05 -f --pid="$begun" /dev/null || fail "it does not end"
    wait "$begun" || fail "it exits with $?: $(cat "$scratch/out")"
    begun=
}

# shown waits until a command that was begun shows a line.
shown() { (await "$scratch/out" "$1") || fail "it shows $(cat "$scratch/out")"; }

shows() { grep -q -- "$1" "$scratch/out" || fail "it was to show $1, not: $(cat "$scratch/out")"; }

holds() { say "IN $1 HISTORY" | grep -q -- "$2" || fail "room $1 was to have $2"; }

# cannot is a command that does not run here.
cannot() { echo "not run: $1"; }
