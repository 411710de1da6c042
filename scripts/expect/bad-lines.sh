#!/usr/bin/env bash
# needs: nc.openbsd openssl perl
# A bad line costs only that line, and nonsense from one client ends no other.
. "$(dirname "$0")/lib.sh"

daemon
long=$(head -c 10000 /dev/zero | tr '\0' x)
{
    printf 'CREATE go\n'
    printf '%s\nPING after a long word\n' "$long"
    printf 'IN go POST %s\nPING after a long text\n' "$long"
    printf 'IN go POST \376\377\nPING after bytes\n'
    printf 'IN go POST h\303\nPING after half a letter\n'
    printf 'IN go POST \300\257 \355\240\200\nPING after forbidden forms\n'
    printf '\377\n'
    printf 'IN go POST %s\n' "${long::8181}"
    printf 'IN go POST %s\n' "${long::8182}"
} | client nc.openbsd -N $host "$port" | plain | tail -n +3 |
    sed -E 's/^(ERR [^ ]+ [^ ]+) .*/\1/' >"$scratch/got"
cat >"$scratch/wanted" <<END
ERR - too-long
OK PING after a long word
ERR POST too-long
OK PING after a long text
ERR POST bad-utf8
OK PING after bytes
ERR POST bad-utf8
OK PING after half a letter
ERR POST bad-utf8
OK PING after forbidden forms
ERR - bad-utf8
OK POST go 1
ERR POST too-long
BYE end-of-input good-bye
END
same 'bad lines' "$scratch/wanted" "$scratch/got"

# Random bytes, the same in every run. All that comes back must be lines of the
# protocol or refusals of telnet options.
daemon --rate 0
for seed in 1 2 3 4 5 6 7 8; do
    head -c 200000 /dev/zero | openssl enc -aes-128-ctr -nosalt -K 00 -iv $seed 2>/dev/null >"$scratch/nonsense"
    client nc.openbsd -N $host "$port" <"$scratch/nonsense" >"$scratch/raw"
    perl -0777 -pe 's/\xff[\xfc\xfe]./ /gs; s/ *\r?\n/\n/g; s/^ +//gm' "$scratch/raw" >"$scratch/got"
    echo "$(wc -l <"$scratch/got") lines came back for 200000 bytes, number $seed"
    [ "$(grep -c '^ERR ' "$scratch/got")" -gt 100 ] || fail "expected errors"
    if grep -vaE '^(HELLO|ERR|OK|NOTICE|BYE)( |$)' "$scratch/got" | od -c | head -n 20 | grep .; then
        fail "these lines were not expected"
    fi
    tail -n 1 "$scratch/got" | grep '^BYE ' || fail "the last line should be BYE"
done
alive
if grep -E 'level=ERROR|reason=internal|panic' "$scratch/log"; then
    fail "the daemon was not to log errors"
fi
