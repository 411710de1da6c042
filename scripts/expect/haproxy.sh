#!/usr/bin/env bash
# needs: haproxy perl openssl nc.openbsd
# HAProxy between clients and chatd: with and without TLS that ends there, and with checks
# of its own.
. "$(dirname "$0")/lib.sh"

proxy=127.0.0.3 # whence it connects to chatd
"$CHATD" cert "$scratch/pair" localhost >"$scratch/fingerprint"
cat "$scratch"/pair/{cert,key}.pem >"$scratch/pair.pem"
daemon --proxy "$proxy" --exempt none
cat >"$scratch/haproxy.cfg" <<END
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
    source $proxy
listen plain
    bind fd@\${PLAIN}
    server chatd $host:$port send-proxy-v2 check check-send-proxy inter 100
listen secure
    bind fd@\${SECURE} ssl crt $scratch/pair.pem
    server chatd $host:$port send-proxy-v2-ssl
END

# HAProxy takes ports that the system has chosen: perl prints them, and becomes it.
perl -MSocket -e '
    $^F = 255; # it is to inherit them
    $| = 1;
    for ("PLAIN", "SECURE") {
        my $s;
        socket($s, PF_INET, SOCK_STREAM, 0) && bind($s, sockaddr_in(0, inet_aton("127.0.0.1"))) && listen($s, 16) or die "$!\n";
        $ENV{$_} = fileno($s);
        push @keep, $s;
        printf "%d\n", sockaddr_in(getsockname($s));
    }
    exec @ARGV or die "$!\n";
' haproxy -q -db -f "$scratch/haproxy.cfg" >"$scratch/ports" &
haproxy=$!
trap 'cleanUp; kill $haproxy || :' EXIT
await "$scratch/log" "reason=lost .* peer=$proxy:" # a check, which comes from itself
{ read -r plain_port && read -r secure_port; } <"$scratch/ports"

what='a client behind it'
printf 'NICK alice\nREGISTER correct horse\nQUIT\n' | client nc.openbsd -N -s 127.0.0.9 "$host" "$plain_port" >"$scratch/got"
grep -q '^ERR REGISTER not-secure ' "$scratch/got" || fail "$what: a password passes without TLS: $(cat "$scratch/got")"
await "$scratch/log" 'reason=quit .* nick=alice .* door=tcp peer=127.0.0.9:'
echo "$what: as expected"

what='a client whose TLS ends there'
printf 'NICK bob\nREGISTER correct horse\nQUIT\n' | client openssl s_client -quiet -connect "$host:$secure_port" >"$scratch/got" 2>"$scratch/errors"
grep -qx 'OK REGISTER bob.*' "$scratch/got" || fail "$what: a password does not pass: $(cat "$scratch/got")"
await "$scratch/log" 'reason=quit .* nick=bob account=bob door=tls peer=127.0.0.1:'
echo "$what: as expected"

what='a client that pretends to be it'
printf '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\x13\x89NICK eve\n' |
    client nc.openbsd -N "$host" "$port" | grep '^BYE proxy ' || fail "$what: it is let in"
! grep 'handshake failed' "$scratch/log" || fail "a header was not understood"
alive
