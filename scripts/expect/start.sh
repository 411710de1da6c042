#!/usr/bin/env bash
# needs: nc.openbsd
# When chatd cannot start, it prints one line on stderr and exits with a status.
. "$(dirname "$0")/lib.sh"

# refuses STATUS ARGUMENT ... checks that chatd does not start.
refuses() {
    local wanted=$1 status=0
    shift
    echo "$ chatd $*"
    timeout "$patience" "$CHATD" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    cat "$scratch/err"
    [ $status != 124 ] || fail "chatd should exit with $wanted, and ran"
    [ $status = "$wanted" ] || fail "chatd should exit with $wanted, not $status"
    [ ! -s "$scratch/out" ] || fail "expected nothing on stdout"
    [ "$(wc -l <"$scratch/err")" = 1 ] || fail "expected one line on stderr"
    grep -q '^chatd: ' "$scratch/err" || fail "the line on stderr should begin with the program's name"
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
grep -q -- --listen "$scratch/out" || fail "--help should list the flags on stdout"
[ "$(wc -l <"$scratch/out")" -le 60 ] || fail "--help should fit a screen"
"$CHATD" --version | grep '^chatd ' || fail "--version should say what was built"
