#!/usr/bin/env bash
# needs: nc.openbsd diff
# A program can turn off the echo of its own posts, and post at once without waiting
# for an answer.
. "$(dirname "$0")/lib.sh"

daemon --rate 0
printf 'CREATE go\n' | client nc.openbsd -N $host "$port" >/dev/null
for n in $(seq 50); do
    printf 'JOIN go\nSET echo off\nPING\nPOST hi\n' | client nc.openbsd -N $host "$port" 2>/dev/null | plain >"$scratch/got"
    printf '%s\n' 'HELLO chatd/1 guest Type HELP' "OK JOIN go 1 $((n - 1))" 'OK SET echo off' 'OK PING ' \
        "OK POST go $n" 'BYE end-of-input good-bye' >"$scratch/wanted"
    same "time $n of 50" "$scratch/wanted" "$scratch/got"
done
