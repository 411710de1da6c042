#!/usr/bin/env bash
# needs: nats-server nc.openbsd
# A chat on three machines, as README.md shows it: scripts/cluster runs it on one, chat
# goes on at another when one dies, and the copies stay the same.
. "$(dirname "$0")/lib.sh"

patience=40
trap finish EXIT

# finish ends the programs, and shows what they logged if the session has failed.
finish() {
    local status=$?
    [ $status = 0 ] || tail -n 8 "$scratch"/cluster/chatd*/log || :
    [ -z "${reader:-}" ] || kill "$reader" 2>/dev/null || :
    cluster stop || :
    (exit $status)
    cleanUp
}

cluster() { "$(dirname "$0")/../cluster" --dir "$scratch/cluster" "$@"; }

# begin starts the machines at ports that nobody has.
begin() {
    for _ in 1 2 3 4 5; do
        first=$((20000 + RANDOM % 20000))
        cluster --port "$first" --nats-port $((first + 1000)) start >"$scratch/start" 2>&1 && return
        grep 'is in use' "$scratch/start" || break
    done
    fail "it does not start: $(cat "$scratch/start")"
}

# say sends lines to a machine.
say() {
    local at=$((first + $1 - 1))
    shift
    printf '%s\n' "$@" | client nc.openbsd -N "$host" "$at"
}

# post posts a line in the room go at a machine, again until it is stored.
post() {
    local deadline=$((SECONDS + patience))
    until say "$1" "IN go ONCE ${2// /-} POST $2" | grep '^OK POST go'; do
        ((SECONDS < deadline)) || fail "machine $1 does not take a post"
        sleep 0.5
    done
}

begin
cat "$scratch/start"
! "$(dirname "$0")/../cluster" --dir "$scratch/other" --port "$first" start >"$scratch/out" 2>&1 || fail "two were to use the same ports"
grep "port $first is in use; --port chooses others" "$scratch/out"

say 1 'CREATE go' 'IN go POST one' | grep -x 'OK POST go 1'
say 2 'IN go POST two' | grep -x 'OK POST go 2'
say 3 'IN go HISTORY' | grep -c '^PAST .* MSG go [12] ' | grep -x 2

"$CHAT" tail --server "$host:$first,$host:$((first + 1)),$host:$((first + 2))" go >"$scratch/read" 2>"$scratch/errors" &
reader=$!
await "$scratch/read" two
for machine in 1 2 3; do
    cluster kill $machine
    cluster status | grep -c "^[a-z]* $machine .* does not run" | grep -x 2
    post $((machine % 3 + 1)) "without $machine"
    await "$scratch/read" "without $machine"
    cluster start >"$scratch/start" 2>&1 || fail "machine $machine does not come back: $(cat "$scratch/start")"
done
cluster status | tee "$scratch/out"
grep -c '^nats .* leads$' "$scratch/out" | grep -x 1
grep -c '^chatd .* applied [0-9]*  hash [0-9a-f]*$' "$scratch/out" | grep -x 3
[ "$(wc -l <"$scratch/read")" = 5 ] || fail "five posts were to be read once each: $(cat "$scratch/read")"

cluster stop
cluster status | grep -c 'does not run' | grep -x 6
for machine in 2 3; do "$CHATD" check --against "$scratch/cluster/chatd-1/data" "$scratch/cluster/chatd-$machine/data"; done
