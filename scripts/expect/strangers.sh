#!/usr/bin/env bash
# needs: nc.openbsd curl openssl
# Programs that speak another protocol are told at once.
. "$(dirname "$0")/lib.sh"

daemon
status=0
timeout "$patience" curl -sS --noproxy '*' "http://$host:$port/" || status=$?
[ $status != 0 ] && [ $status != 124 ] || fail "curl exited with $status, and should fail at once"
await "$scratch/log" reason=http

client curl -sS --http0.9 --noproxy '*' "http://$host:$port/" | tee "$scratch/got"
grep -q '^BYE http ' "$scratch/got" || fail "a web client should read BYE http"
client curl -sS --http0.9 --noproxy '*' -d 'POST nonsense' "http://$host:$port/" | tee "$scratch/got"
grep -q '^BYE http ' "$scratch/got" || fail "POST of a web client should read BYE http"
[ "$(grep -c . "$scratch/got")" = 2 ] || fail "expected HELLO and BYE, and no answer to anything"

status=0
timeout "$patience" openssl s_client -connect "$host:$port" </dev/null >"$scratch/got" 2>&1 || status=$?
cat "$scratch/got"
[ $status != 0 ] && [ $status != 124 ] || fail "openssl exited with $status, and should fail at once"
await "$scratch/log" reason=tls
printf '\26\3\1\1\0\1\0\0\374\3\3\n' | client nc.openbsd $host "$port" | tee "$scratch/got"
grep -q '^BYE tls ' "$scratch/got" || fail "a TLS client should read BYE tls"

printf 'SSH-2.0-x\r\n' | client nc.openbsd $host "$port" | tee "$scratch/got"
grep -q '^BYE ssh ' "$scratch/got" || fail "an SSH client should read BYE ssh"
alive
