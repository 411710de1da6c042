#!/usr/bin/env bash
# needs: openssl ncat nc.openbsd
# openssl s_client and others over TLS: with and without -quiet, a client certificate as a
# key, a certificate that is renewed, and a client that speaks no TLS.
. "$(dirname "$0")/lib.sh"

fingerprint=$("$CHATD" cert "$scratch/pair" localhost)
cert=$scratch/pair/cert.pem key=$scratch/pair/key.pem
daemon --tls-cert "$cert" --tls-key "$key" --listen "tls://$host:0"
until [ "$(grep -c "msg=listening address=$host:" "$scratch/log")" = 2 ]; do await "$scratch/log" 'msg=listening'; done
{ read -r port && read -r tls_port; } < <(sed -n "s/.*msg=listening address=$host://p" "$scratch/log")

# secure runs s_client, whose diagnostics are not of interest.
secure() { client openssl s_client -connect "$host:$tls_port" "$@" 2>"$scratch/errors"; }
# bothEnd sends lines, and ends when the server does.
bothEnd() { secure -quiet "$@" | plain >"$scratch/got"; }
wants() { printf '%s\n' "$@" >"$scratch/wanted"; same "$what" "$scratch/wanted" "$scratch/got"; }

what='a session with -quiet, also with lines that begin with Q, R and K'
printf 'PING 1\nKEYS\nREGISTER\n\nQUIT\n' | bothEnd
grep -q '^ERR KEYS ' "$scratch/got" || fail "$what: KEYS is not answered"
grep -q '^SEND - ' "$scratch/got" || fail "$what: REGISTER is not answered"

what='a whole conversation'
printf 'NICK alice\nCREATE go\nJOIN go\nPOST hi\nQUIT\n' | bothEnd
wants 'HELLO chatd/1 guest Type HELP' 'OK NICK alice' 'OK CREATE go' 'OK JOIN go 1 0' 'MSG go 1 alice hi' 'OK POST go 1' 'OK QUIT' 'BYE quit good-bye'

what='TLS 1.2'
printf 'QUIT\n' | bothEnd -tls1_2
wants 'HELLO chatd/1 guest Type HELP' 'OK QUIT' 'BYE quit good-bye'

what='without -quiet a slash keeps the first letter'
mkfifo "$scratch/in"
exec 3<>"$scratch/in" # which does not end: without -quiet the session ends with its input
printf '/PING 1\n/QUIT\n' >&3
secure <&3 >"$scratch/out"
exec 3>&-
grep -qx 'OK QUIT' <(plain <"$scratch/out") || fail "$what: QUIT is not answered"
echo "$what: as expected"

what='a client certificate is a key'
"$CHATD" cert "$scratch/bob" bob >"$scratch/bobs"
bob=(-cert "$scratch/bob/cert.pem" -key "$scratch/bob/key.pem")
printf 'NICK bob\nREGISTER\n\nQUIT\n' | bothEnd "${bob[@]}"
grep -q '^OK REGISTER bob$' "$scratch/got" || fail "$what: $(cat "$scratch/got")"
printf 'WHOAMI\nKEYS\nQUIT\n' | bothEnd "${bob[@]}"
grep -q '^HELLO chatd/1 bob ' "$scratch/got" && grep -q "^KEY $(cat "$scratch/bobs") tls " "$scratch/got" || fail "$what: $(cat "$scratch/got")"
echo "$what: as expected"

what='a renewed certificate'
shown() { secure </dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64 | tr -d =; }
[ "SHA256:$(shown)" = "$fingerprint" ] || fail "chatd cert printed $fingerprint, and SHA256:$(shown) is shown"
rm "$cert" "$key"
fingerprint=$("$CHATD" cert "$scratch/pair" localhost)
kill -HUP "$pid"
await "$scratch/log" 'msg="read again" certificate='
[ "SHA256:$(shown)" = "$fingerprint" ] || fail "$what is not shown"
echo "$what: as expected"

what='a client that speaks no TLS'
printf 'NICK alice\n' | client nc.openbsd -N "$host" "$tls_port" >"$scratch/got"
grep -qx 'BYE plain .*' "$scratch/got" || fail "$what gets $(cat "$scratch/got")"
echo "$what: as expected"

what='ncat --ssl'
printf 'PING 1\nQUIT\n' | client ncat --ssl "$host" "$tls_port" 2>"$scratch/errors" | plain >"$scratch/got"
wants 'HELLO chatd/1 guest Type HELP' 'OK PING 1' 'OK QUIT' 'BYE quit good-bye'
alive
