#!/usr/bin/env bash
# needs: ssh tmux
# A person at ssh: the line editor, and what comes above the half-typed line.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.ssh.sh"

sshDaemon
ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
screen() { tmux -L "linechat-$$" "$@"; }
trap 'screen kill-server 2>/dev/null; cleanUp' EXIT
types() { screen send-keys "$@"; }

# shows LINE: waits until the screen's last line is exactly this, without blanks at its end.
shows() {
    local last until=$((SECONDS + patience))
    until last=$(screen capture-pane -p | grep . | tail -n 1) && [ "$last" = "$1" ]; do
        [ $SECONDS -lt $until ] || { screen capture-pane -p; fail "the last line should be: $1"; }
    done
}

# above PATTERN: waits until the line above the last one is like this.
above() {
    local until=$((SECONDS + patience))
    until screen capture-pane -p | grep . | tail -n 2 | head -n 1 | grep -qx -- "$1"; do
        [ $SECONDS -lt $until ] || { screen capture-pane -p; fail "above the last line should be: $1"; }
    done
}

chatssh alice CREATE ops >"$scratch/out"
export -f chatssh
export scratch host ssh_port patience
screen -u -f /dev/null new-session -d -x 70 -y 20 "bash -c 'only=(-o IdentitiesOnly=yes); chatssh carol -i $scratch/key; echo ended with \$?; read'"
shows '>'
types '/jo' Tab
shows '> /join'
types 'op' Tab
shows '> /join ops'
types Enter
shows '>'
types 'half typed'
shows '> half typed'
chatssh alice IN ops POST comes above >"$scratch/out"
until screen capture-pane -p | grep -q 'comes above'; do :; done
shows '> half typed'
above '..:.. <alice> comes above'
types C-c
shows '>'
types 'firxst' Left Left BSpace End Enter 'second' Up
shows '> first'
chatssh alice IN ops HISTORY 1 | grep 'MSG ops 2 carol first' || fail "the edited line should be posted"
screen resize-window -x 50 -y 20
types ' again'
shows '> first again'
# Wide characters, and a word at the end of the row.
types C-c '今日はx' Left BSpace '👍'
shows '> 今日👍x'
chatssh alice IN ops POST 'für 明日' >"$scratch/out"
until screen capture-pane -p | grep -q 'für 明日'; do :; done
shows '> 今日👍x'
above '..:.. <alice> für 明日'
types End BSpace BSpace BSpace
shows '> 今'
types Enter
shows '>'
chatssh alice IN ops HISTORY 1 | grep 'carol 今$' || fail "the edited line should be posted"
types C-c '/register' Enter
shows 'password:'
types 'correct horse battery' Enter
shows '>'
types Up
shows '> 今' # the history has no such lines
types C-c '/register another horse' Enter Up Up
! screen capture-pane -p | grep -q 'correct' || fail "a password shows"
types C-c '/whoami' Enter
shows '>'
types C-d
shows 'ended with 0'
above '-- good-bye'

# Registering with a key alone, and coming back.
ssh-keygen -q -t ed25519 -N '' -f "$scratch/daves"
screen resize-window -x 110 -y 20
at() { screen respawn-window -k "bash -c 'only=(-o IdentitiesOnly=yes); chatssh dave $*; echo ended with \$?; read'"; }
at -i "$scratch/daves"
shows '>'
above '-- welcome, dave: .*'
types '/register' Enter
shows 'password:'
above '-- type a password .* your key is enough'
types Enter
shows '>'
above '-- dave is your account now; .*'
types C-d
shows 'ended with 0'
at -i "$scratch/daves"
shows '>'
types '/whoami' Enter
above '-- you are dave (account); your current room: none'
types C-d
shows 'ended with 0'
at
shows '>'
above '.*/login dave if it is your account.*'
alive
