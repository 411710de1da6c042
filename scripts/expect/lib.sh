# What the sessions in bash share: each starts a chatd of its own, and gives it
# what programs send that are no terminals.
#
#   daemon [FLAG ...]      starts chatd; $CHATD is the program; sets pid and port
#   await FILE PATTERN     waits until a line of the file matches
#   alive                  the daemon still answers
#   same WHAT WANTED GOT   two files are the same
#   plain                  a filter: guests have no number, lines end in LF
#
# $scratch is a directory for files. Whatever fails ends the session.

set -euo pipefail
scratch=$(mktemp -d)
host=127.0.0.1
patience=${patience:-10} # seconds to wait for anything
trap cleanUp EXIT
trap 'exit 1' INT TERM HUP

cleanUp() {
    local status=$?
    if [ "$status" != 0 ] && [ -f "$scratch/log" ]; then
        echo "The daemon's log:"
        cat "$scratch/log"
    fi
    stop
    rm -rf "$scratch"
}

fail() {
    echo "FAILED: $*"
    exit 1
}

# daemon starts chatd on rooms of its own, or on those of a --data among the
# flags.
daemon() {
    stop
    [[ " $* " == *' --data '* ]] || set -- --data "$(mktemp -d "$scratch/data.XXXXXX")" "$@"
    echo "$ chatd --listen $host:0 $*"
    : >"$scratch/log"
    "$CHATD" --listen "$host:0" "$@" 2>"$scratch/log" &
    pid=$!
    await "$scratch/log" "msg=listening address=$host:"
    port=$(sed -n "s/.*msg=listening address=$host://p" "$scratch/log")
}

stop() {
    if [ -n "${pid:-}" ]; then
        kill -KILL "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    fi
    pid=
}

await() {
    grep -qm1 -- "$2" < <(timeout "$patience" tail -n +1 -F "$1" 2>/dev/null) ||
        fail "within $patience s there was to be a line like: $2"
}

# client runs a client until it ends.
client() {
    echo "$ $*" >&2
    timeout "$patience" "$@" || {
        local status=$?
        [ $status != 124 ] || fail "after $patience s this was to have ended: $*"
        fail "this exited with $status: $*"
    } >&2
}

alive() {
    kill -0 "$pid" || fail "the daemon has ended"
    echo 'PING alive' | client nc.openbsd -N "$host" "$port" | grep -x 'OK PING alive' ||
        fail "the daemon was to answer PING"
}

plain() { sed -E 's/\r$//; s/guest-[0-9a-f]{6}/guest/g'; }

same() {
    diff "$2" "$3" >"$scratch/difference" || {
        echo "$1: what was to come (<) and what came (>):"
        head -c 4000 "$scratch/difference"
        fail "$1"
    }
    echo "$1: as it was to be"
}
