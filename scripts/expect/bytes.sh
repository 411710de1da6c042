#!/usr/bin/env bash
# needs: nc.openbsd diff
# The answers, byte by byte: a client that sends no telnet commands receives none,
# and lines end as its own do.
. "$(dirname "$0")/lib.sh"

daemon
printf '%b' 'NICK alice\nCREATE go\nJOIN go\nPOST grüße\n' 'PING \0377\n' 'PING \0377\0377\n' 'PING \0377\0353x\n' \
    'HELP\nROOMS\nWHO\nHISTORY\nnonsense\nQUIT\n' | client nc.openbsd -N $host "$port" >"$scratch/raw"
cat "$scratch/raw"
grep -qx 'OK POST go 1' "$scratch/raw" || fail "expected a post"
[ "$(grep -c '^ERR PING bad-utf8 ' "$scratch/raw")" = 3 ] || fail "three lines should be bad-utf8"
[ "$(tail -n 1 "$scratch/raw")" = 'BYE quit good-bye' ] || fail "the last line should be BYE quit"
[ "$(LC_ALL=C tr -dc '\377' <"$scratch/raw" | wc -c)" = 0 ] || fail "expected no byte 255"
[ "$(LC_ALL=C tr -dc '\r\0' <"$scratch/raw" | wc -c)" = 0 ] || fail "expected no CR and no NUL"

printf 'PING a\nPING b\r\nPING c\nPING d\r\0PING e\n' | client nc.openbsd -N $host "$port" | tail -n +2 >"$scratch/got"
printf 'OK PING a\nOK PING b\r\nOK PING c\r\nOK PING d\r\nOK PING e\r\nBYE end-of-input good-bye\r\n' >"$scratch/wanted"
same 'line ends' "$scratch/wanted" "$scratch/got"
