#!/usr/bin/env bash
# needs: ssh plink
# OpenSSH's ssh and PuTTY's plink without a terminal: commands, the line protocol, keys,
# and what is refused.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.ssh.sh"

sshDaemon
key=$scratch/key
ssh-keygen -q -t ed25519 -N '' -f "$key"

# expectStatus STATUS COMMAND ...: runs a command, whose output is in $scratch/out and errors.
expectStatus() {
    local wanted=$1 status=0
    shift
    "$@" >"$scratch/out" 2>"$scratch/errors" || status=$?
    echo "$ $*"
    cat "$scratch/out" "$scratch/errors"
    [ $status = "$wanted" ] || fail "it exits with $status, not $wanted"
}
prints() { grep -qx -- "$1" "$scratch/$2" || fail "its $2 should have the line: $1"; }

expectStatus 0 chatssh alice CREATE ops
expectStatus 0 chatssh alice IN ops POST deployed
prints 'OK POST ops 1' out
expectStatus 1 chatssh alice IN nowhere POST deployed </dev/null
prints 'ERR POST no-such-room .*' errors
[ ! -s "$scratch/out" ] || fail "a refusal is no output"
expectStatus 0 chatssh alice IN ops PASTE < <(printf 'one\ntwo\n.\nPOST three\n')
prints 'OK PASTE ops 2' out
expectStatus 0 chatssh alice -T < <(printf 'WHOAMI\nIN ops HISTORY 1\n')
prints 'OK WHOAMI alice - guest' out
prints '.*MORE ops 2 alice two' out

# Accounts: by a key, by a password on stdin, and never by one in the command.
expectStatus 1 chatssh alice REGISTER 'in the process list' </dev/null
! grep -q 'process list$' "$scratch/out" "$scratch/errors" || fail "a password is repeated"
expectStatus 0 chatssh alice -i "$key" REGISTER < <(echo 'correct horse battery')
expectStatus 0 chatssh alice -i "$key" WHOAMI
prints 'OK WHOAMI alice - account' out
expectStatus 0 chatssh alice WHOAMI
prints 'OK WHOAMI guest-.* - guest' out
expectStatus 0 chatssh bob LOGIN alice < <(echo 'correct horse battery')
prints 'OK LOGIN alice' out
expectStatus 1 chatssh bob LOGIN alice < <(echo 'wrong')
prints 'ERR LOGIN bad-login .*' errors

# ssh asks for nothing in BatchMode, so that it needs a key.
expectStatus 255 chatssh alice -o BatchMode=yes WHOAMI
expectStatus 0 chatssh alice -o BatchMode=yes -i "$key" WHOAMI
prints 'OK WHOAMI alice - account' out

# An agent with eight keys, of which the last one is the account's.
eval "$(ssh-agent -s)" >/dev/null
trap 'kill "$SSH_AGENT_PID"; cleanUp' EXIT
for n in 1 2 3 4 5 6 7; do
    ssh-keygen -q -t ed25519 -N '' -f "$key$n"
    ssh-add -q "$key$n"
done
ssh-add -q "$key"
only=()
expectStatus 0 chatssh alice -o BatchMode=yes WHOAMI
prints 'OK WHOAMI alice - account' out

# What is not for a chat.
expectStatus 255 chatssh alice -o BatchMode=yes -W 127.0.0.1:22
grep -q 'forwarding failed' "$scratch/errors" || fail "forwarding should be refused"
expectStatus 255 chatssh alice -o BatchMode=yes -o ExitOnForwardFailure=yes -N -R 0:127.0.0.1:22
expectStatus 255 chatssh alice -o BatchMode=yes -s sftp

# plink, which has no accept-new: the fingerprint is the log's.
fingerprint=$(sed -n 's/.*msg="ssh host key" fingerprint=\([^ ]*\).*/\1/p' "$scratch/log")
chatplink() { timeout "$patience" plink -ssh -batch -noagent -P "$ssh_port" -hostkey "$fingerprint" -l carol $host "$@"; }
expectStatus 0 chatplink IN ops POST by plink
prints 'OK POST ops 3' out
expectStatus 1 chatplink POST nowhere
expectStatus 0 chatplink -T < <(printf 'WHOAMI\nQUIT\n')
prints 'OK WHOAMI carol - guest' out

for secret in 'correct horse' 'process list'; do
    ! grep -rq "$secret" "$scratch/log" "$scratch"/data.* || fail "a password is kept"
done
alive
