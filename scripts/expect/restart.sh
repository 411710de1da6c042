#!/usr/bin/env bash
# Acknowledged posts survive however the daemon ends: killed in the middle of posts,
# it has all of them after a restart, and continues their numbers.
. "$(dirname "$0")/lib.sh"

data=$scratch/rooms
daemon --data "$data" --rate 0
{
    echo NICK alice
    echo CREATE go all about Go
    for i in {1..400}; do echo "IN go POST line $i"; done
} | client nc.openbsd -N "$host" "$port" | plain >"$scratch/said"
grep -qx 'OK POST go 400' "$scratch/said" || fail "400 lines should be posted"

# It is killed while it takes thousands more.
keyed() { seq 401 "$1" | sed 's/.*/IN go ONCE key-& POST line &/'; }
sent=100000
{ keyed "$sent"; sleep 1; } | timeout "$patience" nc.openbsd "$host" "$port" >"$scratch/cut" &
cut=$!
await "$scratch/cut" 'OK POST go 450'
kill -KILL "$pid"
wait "$cut" || :
grep '^OK POST' "$scratch/cut" >"$scratch/first"
acknowledged=$(wc -l <"$scratch/first")
echo "$acknowledged further lines were acknowledged"
[ "$acknowledged" -lt $((sent - 400)) ] || fail "chatd should be killed before it had acknowledged all lines"

# These are repeated, and as many after them as may have been under way.
last=$((400 + acknowledged + 2000))
daemon --data "$data" --rate 0
keyed "$last" | client nc.openbsd -N "$host" "$port" | grep '^OK POST' >"$scratch/again"
head -n "$acknowledged" "$scratch/again" >"$scratch/repeated"
same 'the numbers of what was repeated' "$scratch/first" "$scratch/repeated"

echo 'JOIN go AFTER 0' | client nc.openbsd -N "$host" "$port" | plain |
    sed -nE 's/^PAST [^ ]+ MSG go ([0-9]+) [^ ]+ /\1 /p' >"$scratch/kept"
seq "$last" | sed 's/.*/& line &/' >"$scratch/due"
same 'each line once, under its number' "$scratch/due" "$scratch/kept"

printf 'IN go SEARCH 777\nIN go TOPIC\nQUIT\n' | client nc.openbsd "$host" "$port" | plain >"$scratch/found"
grep -q 'MSG go 777 guest line 777$' "$scratch/found" || fail "SEARCH should find line 777"
grep -qx 'TOPIC go alice all about Go' "$scratch/found" || fail "the topic should be kept"

# A second daemon cannot use the same rooms.
if "$CHATD" --listen "$host:0" --data "$data" 2>"$scratch/second"; then
    fail "a second daemon should be refused"
fi
grep "is in use by another chatd, process $pid" "$scratch/second" || fail "it should say who has them: $(cat "$scratch/second")"
