# Functions for the sessions in bash. Each session starts its own chatd, and sends
# what programs send rather than people at terminals.
#
#   daemon [FLAG ...]      starts chatd; $CHATD is the program; sets pid and port
#   await FILE PATTERN     waits until a line of the file matches
#   alive                  checks that the daemon still answers
#   same WHAT WANTED GOT   checks that two files are the same
#   plain                  a filter: removes the numbers of guests and CRs
#
# $scratch is a directory for files. A failure ends the session.

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

# daemon starts chatd with a new data directory, unless the flags have --data.
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
        fail "within $patience s no line came like: $2"
}

# client runs a client until it ends.
client() {
    echo "$ $*" >&2
    timeout "$patience" "$@" || {
        local status=$?
        [ $status != 124 ] || fail "this has not ended after $patience s: $*"
        fail "this exited with $status: $*"
    } >&2
}

alive() {
    kill -0 "$pid" || fail "the daemon has ended"
    echo 'PING alive' | client nc.openbsd -N "$host" "$port" | grep -x 'OK PING alive' ||
        fail "the daemon does not answer PING"
}

plain() { sed -E 's/\r$//; s/guest-[0-9a-f]{6}/guest/g'; }

same() {
    diff "$2" "$3" >"$scratch/difference" || {
        echo "$1: expected (<) and received (>):"
        head -c 4000 "$scratch/difference"
        fail "$1"
    }
    echo "$1: as expected"
}
