#!/usr/bin/env bash
# needs: nc.openbsd
# What keeps chatd from starting is one line on stderr and an exit status.
. "$(dirname "$0")/lib.sh"

# refuses STATUS ARGUMENT ... : chatd does not start.
refuses() {
    local wanted=$1 status=0
    shift
    echo "$ chatd $*"
    timeout "$patience" "$CHATD" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    cat "$scratch/err"
    [ $status != 124 ] || fail "chatd was to exit with $wanted, and ran"
    [ $status = "$wanted" ] || fail "chatd was to exit with $wanted, not $status"
    [ ! -s "$scratch/out" ] || fail "there was to be nothing on stdout"
    [ "$(wc -l <"$scratch/err")" = 1 ] || fail "there was to be one line on stderr"
    grep -q '^chatd: ' "$scratch/err" || fail "the line on stderr was to begin with the program's name"
}

daemon
refuses 1 --memory --listen "$host:$port"
refuses 1 --memory --listen "$host:0" --listen "$host:$port"
refuses 1 --memory --listen 192.0.2.1:5001
refuses 1 --memory --listen "$host:0" --motd "$scratch/missing"
refuses 1 --memory --listen "$host:0" --motd "$scratch"
refuses 2 --no-such-flag
refuses 2 --rate many
refuses 2 --rate -1
refuses 2 --log xml
refuses 2 --memory word
CHATD_RATE=many refuses 2 --memory
alive

"$CHATD" --help >"$scratch/out"
grep -q -- --listen "$scratch/out" || fail "--help was to list the flags on stdout"
[ "$(wc -l <"$scratch/out")" -le 40 ] || fail "--help was to fit a screen"
"$CHATD" --version | grep '^chatd ' || fail "--version was to say what was built"
