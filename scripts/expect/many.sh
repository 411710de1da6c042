#!/usr/bin/env bash
# needs: nc.openbsd diff
# Many commands at once are all answered, in order.
. "$(dirname "$0")/lib.sh"

# A thousand in one write: nc reads, and so writes, the file at once.
daemon
seq -f 'PING %.0f' 1000 >"$scratch/commands"
client nc.openbsd -N $host "$port" <"$scratch/commands" | tail -n +2 >"$scratch/got"
{ seq -f 'OK PING %.0f' 1000; echo 'BYE end-of-input good-bye'; } >"$scratch/wanted"
same 'a thousand commands' "$scratch/wanted" "$scratch/got"

# Above the rate limit the server reads more slowly and says so; nothing is lost.
seq -f 'PING %.0f' 1200 | client nc.openbsd -N $host "$port" | tail -n +2 >"$scratch/raw"
[ "$(grep -c '^NOTICE ' "$scratch/raw")" = 1 ] || fail "expected one NOTICE"
grep -v '^NOTICE ' "$scratch/raw" >"$scratch/got"
{ seq -f 'OK PING %.0f' 1200; echo 'BYE end-of-input good-bye'; } >"$scratch/wanted"
same 'more than the rate' "$scratch/wanted" "$scratch/got"

daemon --rate 0
{
    echo CREATE go
    echo JOIN go
    { yes || :; } 2>/dev/null | head -n 3000 | sed 's/^/POST /'
} | client nc.openbsd -N $host "$port" | plain | tail -n +4 >"$scratch/raw"
grep '^OK POST ' "$scratch/raw" >"$scratch/got"
seq -f 'OK POST go %.0f' 3000 >"$scratch/wanted"
same '3000 posts answered' "$scratch/wanted" "$scratch/got"
grep -v '^OK POST ' "$scratch/raw" >"$scratch/got"
{ seq -f 'MSG go %.0f guest y' 3000; echo 'BYE end-of-input good-bye'; } >"$scratch/wanted"
same '3000 posts delivered' "$scratch/wanted" "$scratch/got"
awk '$1 == "MSG" { msg = $3 } $1 == "OK" && $4 > msg { exit 1 }' "$scratch/raw" ||
    fail "each post should come before its OK"
