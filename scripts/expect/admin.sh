#!/usr/bin/env bash
# needs: nc.openbsd
# An admin gives somebody an account, sees who is connected, and ends a connection.
source "$(dirname "$0")/lib.sh"

admin() {
    echo "$ chatd admin $*"
    "$CHATD" admin --data "$data" "$@"
}

data=$scratch/data
daemon --data "$data"
admin ACCOUNTS ADD alice | grep -qx 'OK ACCOUNTS 1 1' || fail 'the account was to be made'
echo 'correct horse' | admin PASSWD alice
{
    echo 'LOGIN alice correct horse'
    tail -f /dev/null --pid="$pid"
} | nc.openbsd "$host" "$port" >"$scratch/alice" &
await "$scratch/alice" '^OK LOGIN alice'
id=$(admin SESSIONS | sed -n 's/^SESSION \([0-9]*\) alice tcp .* 127\.0\.0\.1:[0-9]*$/\1/p')
[ -n "$id" ] || fail 'SESSIONS was to list alice, and where from'
admin END "$id"
await "$scratch/alice" '^BYE ended '

# Anything that speaks the protocol can be used there, too.
printf 'WHOAMI\nSTATS\n' | nc.openbsd -N -U "$data/admin.sock" >"$scratch/answers"
await "$scratch/answers" '^OK WHOAMI guest-.* - admin'
await "$scratch/answers" '^OK STATS'

# Whoever gets past the directory is still asked who they are.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$scratch" "$data"
    chmod 666 "$data/admin.sock"
    setpriv --reuid=65534 --clear-groups nc.openbsd -N -U "$data/admin.sock" </dev/null >"$scratch/nobody"
    [ ! -s "$scratch/nobody" ] || fail "nobody was let in: $(cat "$scratch/nobody")"
    await "$scratch/log" 'turned away .* uid=65534'
fi
grep -c 'msg="admin act" uid=' "$scratch/log"
! grep 'correct horse' "$scratch/log" || fail 'the password is in the log'
alive
