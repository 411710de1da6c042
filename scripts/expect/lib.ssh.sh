# Functions for the sessions over SSH, after lib.sh.
#
#   sshDaemon               starts chatd, and sets port and ssh_port
#   chatssh USER [ARG ...]  runs ssh with no settings and no keys but those named

sshDaemon() {
    daemon --listen "ssh://$host:0"
    until [ "$(grep -c "msg=listening address=$host:" "$scratch/log")" = 2 ]; do await "$scratch/log" 'msg=listening'; done
    { read -r port && read -r ssh_port; } < <(sed -n "s/.*msg=listening address=$host://p" "$scratch/log")
}

chatssh() {
    local user=$1
    shift
    timeout --foreground "$patience" ssh -F none -p "$ssh_port" -o UserKnownHostsFile="$scratch/known_hosts" -o StrictHostKeyChecking=accept-new \
        -o LogLevel=ERROR "${only[@]}" "$user@$host" "$@"
}
only=(-o IdentitiesOnly=yes) # the keys that are named, not an agent's
