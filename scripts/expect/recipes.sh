#!/usr/bin/env bash
# needs: nc.openbsd jq script curl
# Every command in README.md, in the man pages and in chatd's help runs as it stands there, and
# does what the text beside it says. A command that is added fails this session
# until prove, below, says how it is proved or why it cannot be.
. "$(dirname "$0")/lib.recipes.sh"

# What the README shows of a session at nc, with bob on another connection.
minute() {
    local line got from to
    fresh
    coproc session { cd "$scratch/place" && timeout "$patience" bash -c "$1"; }
    to=${session[1]}
    exec {from}<&"${session[0]}" # which bash closes when nc ends
    while IFS= read -r line; do
        case $line in
        'NICK '* | 'CREATE '* | 'JOIN '* | 'POST '* | QUIT)
            echo "$line" >&"$to"
            continue
            ;;
        'JOINED go bob') printf 'NICK bob\nJOIN go\nPOST hello, alice\n' | nc.openbsd "$host" "$port" >/dev/null & ;;
        esac
        IFS= read -r -t "$patience" got <&"$from" || fail "no line came where this was to: $line"
        [ "$(plain <<<"$got")" = "$(plain <<<"$line")" ] || fail "it shows $got, not: $line"
    done < <(awk '/^    \$ nc localhost/ { shown = 1; next } shown && !/^    / { exit } shown { print substr($0, 5) }' "$top/README.md")
    exec {from}<&- {to}>&-
    wait "$session_PID" || fail "nc exits with $?"
    [ "${got-}" = 'BYE quit good-bye' ] || fail "the README's session was to end with BYE, not: ${got-}"
}

# A person at chat sees the room, and is heard.
talks() {
    local keys
    fresh
    attend ops
    mkfifo "$scratch/keys"
    begin "cd '$top' && script -qfec '$1' /dev/null <$scratch/keys"
    exec {keys}>"$scratch/keys"
    shown 'you are in ops'
    printf 'at it\r' >&"$keys"
    await "$scratch/seen" '^MSG ops 1 .* at it'
    exec {keys}>&-
    end
    rm "$scratch/keys"
}

serves() {
    fresh
    stop
    begin "$1"
    shown "msg=listening address=$CHATD_LISTEN"
    say 'PING there' | grep -qx 'OK PING there' || fail "it was to answer"
    end
}

serves_metrics() {
    local address
    fresh
    stop
    begin "$1"
    shown 'msg="serving metrics" address='
    address=$(sed -n 's/.*msg="serving metrics" address=//p' "$scratch/out")
    curl -sS --noproxy '*' "http://$address/readyz" | grep -qx ok || fail "it was to be ready"
    curl -sS --noproxy '*' "http://$address/metrics" | grep '^chatd_ready 1$' || fail "and to say so"
    end
}

# serves_proxy connects as a proxy does, for 192.0.2.7.
serves_proxy() {
    fresh
    stop
    begin "$1"
    shown "msg=listening address=$CHATD_LISTEN"
    { printf '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\x13\x89'; echo PING; } |
        nc.openbsd -N -s 127.0.0.2 127.0.0.1 "$port" | grep -x 'OK PING '
    shown 'reason=end-of-input .* peer=192.0.2.7:4711 '
    end
}

serves_others() {
    local socket=$scratch/run/chatd/socket
    echo 'mind the step' >"$scratch/etc/motd"
    fresh
    stop
    begin "$1"
    shown "msg=listening address=$socket"
    nc.openbsd -N 127.0.0.1 "$port" </dev/null | grep -x 'NOTICE mind the step'
    nc.openbsd -N 127.0.0.2 "$port" </dev/null | grep -x 'NOTICE mind the step'
    nc.openbsd -N -U "$socket" </dev/null | grep -x 'NOTICE mind the step'
    end
}

builds() {
    rm -f "$top/bin/chatd"
    run "$1"
    "$top/bin/chatd" --version | grep '^chatd '
}

explains() {
    run "$1"
    shows '^Usage: '
    [ "$(wc -l <"$scratch/out")" -le 60 ] || fail "it does not fit a screen"
}

posts() {
    fresh
    run "$1"
    holds build 'MSG build 1 .* cc main.c'
    holds build 'MSG build 2 .* main.c:7: warning: no newline'
}

# posts_as posts from an account, whose password is in a file.
posts_as() {
    fresh
    say 'NICK ci' 'REGISTER correct horse'
    (umask 077 && echo 'correct horse' >"$scratch/place/ci.password")
    run "$1"
    holds build 'MSG build 2 ci main.c:7: warning: no newline'
}

posts_whole() {
    fresh
    run "$1"
    holds go 'MORE go 1 .*     mend the build'
}

# waits does not take an earlier line for the one that it waits for.
waits() {
    fresh
    attend ops
    say 'IN ops POST deploy finished: an old one'
    begin "$1"
    await "$scratch/seen" '^JOINED ops '
    say 'IN ops POST deploy begins' 'IN ops POST deploy finished: a new one'
    finishes
    shows 'deploy finished: a new one$'
    [ "$(wc -l <"$scratch/out")" = 1 ] || fail "it was to show one line, not: $(cat "$scratch/out")"
}

searches() {
    fresh
    say 'CREATE ops' 'IN ops POST deploy of v1.2 has begun' 'IN ops POST lunch'
    run "$1"
    [ "$(cat "$scratch/out")" = 'deploy of v1.2 has begun' ] || fail "it shows $(cat "$scratch/out")"
}

counts() {
    fresh
    say 'NICK alice' 'CREATE go' 'IN go POST one' 'IN go POST two'
    run "$1"
    shows '^ *2 alice$'
}

# reacts shows what comes, and what came after number $seen if it is asked for.
reacts() {
    fresh
    attend ops
    say 'IN ops POST earlier'
    begin "$1"
    await "$scratch/seen" '^JOINED ops '
    say 'IN ops POST "now"'
    shown '^"now"$'
    [[ $1 != *AFTER* ]] || shows '^earlier$'
    ! grep -qvxE 'earlier|"now"' "$scratch/out" || fail "it shows more: $(cat "$scratch/out")"
    end
}

reports() {
    fresh
    run "$1"
    holds build "MSG build 1 .* $JOB failed at $COMMIT"
    stop
    ! (run "$1") >/dev/null || fail "it was to fail without a server"
}

once() {
    fresh
    say 'CREATE ops'
    run "$1"
    shows '^OK POST ops 1$'
    restart
    run "$1"
    shows '^OK POST ops 1$'
    say 'IN ops HISTORY' | grep '^OK HISTORY ops 1 1$'
}

# looks goes on from once, as the text does.
looks() {
    run "$1"
    shows "^PAST .* MSG ops 1 .* backup $RUN_ID done"
}

answers_time() {
    fresh
    attend go
    begin "$1"
    await "$scratch/seen" '^JOINED go clock'
    say 'NICK alice' 'IN go POST !time'
    await "$scratch/seen" '^MSG go 2 clock alice: .*:'
    end
}

checks() {
    fresh
    run "$1"
    shows '^ok .*: 0 rooms, 0 posts$'
}

# These go on from each other: a backup, an export, and both brought back.
backs_up() {
    fresh
    say 'CREATE ops' 'IN ops POST to be kept'
    run "$1"
    "$CHATD" check "$scratch/backup/chat.db" | grep 'chat.db: 1 room, 1 post$'
}

exports() {
    run "$1"
    zcat "$scratch/place/ops.gz" | jq -e 'select(.type == "msg") | .text == "to be kept"'
}

imports() {
    stop
    rm -rf "$state"
    run "$1"
    restart
    holds ops 'MSG ops 1 .* to be kept'
}

restores() {
    stop
    rm -rf "$scratch/place/DIR"
    cp "$scratch/backup/chat.db" "$scratch/place/FILE"
    begin "$1"
    shown 'msg=listening'
    holds ops 'MSG ops 1 .* to be kept'
    end
}

# These go on from restores.
exports_all() {
    run "$1"
    jq -e 'select(.type == "msg") | .text == "to be kept"' "$scratch/place/saved"
}

repairs() {
    sed -i '/"msg"/d' "$scratch/place/saved"
    run "$1"
    shows '^NEW: 1 room, 1 post imported, of which 1 '
}

# An admin's commands are shown one after the other; the first makes the account.
administers() {
    case $1 in *' ADD '* | *STATS) fresh ;; esac
    run "echo 'correct horse' | $1"
    shows '^OK '
}

# The deploy hook's commands are shown one after the other; the first makes the
# directory. Here they need no root: nothing changes its owner.
deploys() {
    local command=${1// -o chatd/}
    export RENEWED_LINEAGE=$scratch/lineage
    mkdir -p "$RENEWED_LINEAGE" "$scratch/place/lib/chatd"
    touch "$RENEWED_LINEAGE"/{privkey,fullchain}.pem
    run "${command//\/var\//$scratch/place/}"
    [[ $1 != *.pem ]] || ls "$scratch/place/lib/chatd/tls/${1##*/}"
}

# prove knows every command.
prove() {
    echo "$ $1"
    case $1 in
    'go run ./chatd'* | 'chatd' | 'chatd --register closed' | 'chatd --guests off') serves "$1" ;;
    'nc localhost 5001') minute "$1" ;;
    'go run ./chat ops') talks "$1" ;;
    'go build -o bin/ ./chatd') builds "$1" ;;
    'go doc linechat/chat/client') run "$1" && shows 'client.Dial(ctx' ;;
    'go doc linechat/chatd/internal/server') run "$1" && shows goroutine ;;
    'chat --help' | 'chatd --help') explains "$1" ;;
    'make 2>&1 | chat post build' | *"sed 's/^/POST /'"*) posts "$1" ;;
    'make 2>&1 | chat --login ci --password-file ci.password post build') posts_as "$1" ;;
    'git log -5 | chat post --whole go') posts_whole "$1" ;;
    *"grep -m1 'deploy finished'"*) waits "$1" ;;
    'chat search ops deploy --since 2d --json | jq -r .text') searches "$1" ;;
    'chat history go --since 24h | awk'*) counts "$1" ;;
    'chat tail ops -n 0 --json | jq'* | '{ echo FORMAT json; '*) reacts "$1" ;;
    *"printf 'CREATE build"*) reports "$1" ;;
    *'ONCE %s POST'*) once "$1" ;;
    *'IN ops SEARCH'*) looks "$1" ;;
    'source <(chat completion bash)' | 'source <(chatd completion bash)')
        run "$1; complete -p chat chatd 2>/dev/null || :" && shows '^complete .* __start_chatd* chatd*$'
        ;;
    'mkfifo said') run "$1" ;;
    '{ echo NICK clock; '*) answers_time "$1" ;;
    'chatd check'*) checks "$1" ;;
    'chatd backup /backup/chat.db'*) backs_up "$1" ;;
    'chatd export ops | gzip >ops.gz'*) exports "$1" ;;
    'zcat ops.gz | chatd import'*) imports "$1" ;;
    'mkdir -m 700 DIR && cp '*' DIR/chat.db && chatd --data DIR') restores "$1" ;;
    'chatd export --data DIR >saved') exports_all "$1" ;;
    'chatd import --data NEW --fill <saved') repairs "$1" ;;
    'chatd --listen localhost:5001 --listen 192.0.2.7:5001 --retain'*) serves "$1" ;;
    'chatd --metrics '*) serves_metrics "$1" ;;
    'chatd --proxy '*) serves_proxy "$1" ;;
    'chatd --listen '*' --motd /etc/motd') serves_others "$1" ;;
    'sudo scripts/install') cannot 'it changes the machine; scripts/test runs scripts/install with DESTDIR' ;;
    '#!/bin/sh -e') ;; # the first line of the deploy hook
    'install -'*' -o chatd '*) deploys "$1" ;;
    'systemctl reload chatd') cannot 'a container has no systemd' ;;
    'lego renew '*) cannot 'it takes an authority that reaches this host' ;;
    'sudo systemctl enable --now chatd') cannot 'a container has no systemd' ;;
    'chatd admin '*) administers "$1" ;;
    'chatd cert '*) run "$1" && shows 'SHA256:' ;;
    *'--tls-cert /etc/chatd/cert.pem'*) cannot 'openssl.sh does, where there is a port for it' ;;
    'chat --server tls://'* | 'chat --server a,b,c') cannot 'the tests of chat do, where there are ports for it' ;;
    'ssh -p 5022 '* | 'ssh -T -p 5022 chat') cannot 'ssh.sh and ssh-terminal.sh do, where there is a port for it' ;;
    'openssl s_client -quiet -connect '*) cannot 'openssl.sh does, where there is a port for it' ;;
    'chat --fingerprint' | 'chat --tls-ca') cannot 'it is a flag, whose tests are in chat' ;;
    'ssh -L 5001:localhost:5001 host') cannot 'it takes an account on another machine' ;;
    'scripts/cluster '* | 'chat --server localhost:5001,'*) cannot 'cluster.sh does, at ports of its own' ;;
    'chatd --nats '*) cannot 'cluster.sh does, with nats-servers of its own' ;;
    'scripts/test'*) cannot 'this is a part of it' ;;
    'scripts/soak') cannot 'it takes hours; scripts/test runs its short forms' ;;
    'go run ./scripts/bench') cannot 'it takes minutes; go test runs its parts' ;;
    *) fail "there is no proof for this command" ;;
    esac
}

# block_lines are the lines of code of the README; of a session, only the command.
block_lines() {
    awk '/^    / {
        line = substr($0, 5)
        if (!inside) session = sub(/^\$ /, "", line)
        if (!inside || !session) print line
        inside = 1
        next
    }
    { inside = 0 }' "$top/README.md"
}

# commands gathers lines into whole commands, each ended by a NUL.
commands() {
    local command='' line
    while IFS= read -r line; do
        command+=${command:+$'\n'}$line
        bash -n <<<"$command" 2>/dev/null || continue
        printf '%s\0' "$command"
        command=
    done
    [ -z "$command" ] || printf '%s\0' "$command"
}

# inline are the commands inside a sentence of the README: what is quoted and
# begins with the name of a program, and words behind it or a path.
inline() {
    local quoted
    grep -v '^    ' "$top/README.md" | grep -oE '`[^`]+`' | tr -d '`' | while IFS= read -r quoted; do
        if [[ $quoted =~ ^[a-z][a-z./]*\  ]] || [[ $quoted == */* && -f $top/$quoted && -x $top/$quoted ]]; then
            printf '%s\0' "$quoted"
        fi
    done
}

# places are the packages and files that the README names.
places() { grep -oE '`(chat|chatd|scripts)/[a-z/.]+`|\]\([^)#:]+\)' "$top/README.md" | tr -d '`()]'; }

examples() { sed -n 's/^\.Dl //p' "$1" | sed 's/\\(aq/'"'/g; s/\\\\e/\\\\\\\\/g" | commands; }

for place in $(places); do [ -e "$top/$place" ] || fail "the README names $place, which is not there"; done
mapfile -d '' -t all < <(block_lines | commands; inline)
[ ${#all[@]} -ge 25 ] || fail "the README was to have more than ${#all[@]} commands"
for page in "$top"/scripts/man/*; do
    mapfile -d '' -t found < <(examples "$page")
    [ ${#found[@]} -gt 0 ] || fail "$page has no command"
    all+=("${found[@]}")
done
for name in backup cert import completion; do
    mapfile -d '' -t found < <("$CHATD" help $name | sed -n 's/^    \([a-z]\)/\1/p' | commands)
    [ ${#found[@]} -gt 0 ] || fail "chatd help $name has no command"
    all+=("${found[@]}")
done
for command in "${all[@]}"; do prove "$command"; done
