#!/usr/bin/env bash
# needs: nc.openbsd nc.traditional ncat socat busybox curl plink
# Commands from a pipe get every answer, then BYE, although the input ends before the
# first answer comes.
. "$(dirname "$0")/lib.sh"

commands='CREATE go\nJOIN go\nPOST hi\n'
cat >"$scratch/wanted" <<END
HELLO chatd/1 guest Type HELP
OK CREATE go
OK JOIN go 1 0
MSG go 1 guest hi
OK POST go 1
END

# answers checks what a client receives for these commands.
answers() {
    local bye=$1 commands=$2
    shift 2
    daemon
    printf '%b' "$commands" | client "${@//PORT/$port}" >"$scratch/raw"
    plain <"$scratch/raw" >"$scratch/got"
    printf '%s\n' "$bye" | cat "$scratch/wanted" - >"$scratch/all"
    same "$*" "$scratch/all" "$scratch/got"
}

ended='BYE end-of-input good-bye'
answers "$ended" "$commands" nc.openbsd -N $host PORT
answers "$ended" "$commands" nc.traditional -q 5 $host PORT
answers "$ended" "$commands" ncat $host PORT
answers "$ended" "$commands" socat -t5 - TCP:$host:PORT
answers "$ended" "$commands" busybox nc $host PORT

# These clients do not pass on the end of their input.
quit=$'OK QUIT\nBYE quit good-bye'
answers "$quit" "${commands}QUIT\n" nc.openbsd $host PORT
answers "$quit" "${commands}QUIT\n" curl -sSN --noproxy '*' telnet://$host:PORT
answers "$quit" "${commands}QUIT\n" plink -raw -P PORT $host
answers "$quit" "${commands}QUIT\n" plink -telnet -P PORT $host

# A last line without its line end is not executed.
daemon
printf 'PING whole\nCREATE cut' | client nc.openbsd -N $host "$port" | plain >"$scratch/got"
sed -E 's/^(ERR CREATE unfinished) .*/\1/' -i "$scratch/got"
printf '%s\n' 'HELLO chatd/1 guest Type HELP' 'OK PING whole' 'ERR CREATE unfinished' "$ended" >"$scratch/wanted"
same 'a line that was cut off' "$scratch/wanted" "$scratch/got"
