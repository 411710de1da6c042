package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"linechat/scripts/harness"
)

// Attackers are answered, few of them with a check of their guess, while everybody in the
// room reads every post and the owner comes in.
func TestAttacks(t *testing.T) {
	if runtime.GOOS != "linux" {
		var out bytes.Buffer
		if code := execute([]string{"attack"}, &out, &out); code != exitSkipped {
			t.Errorf("it ends with %d, not as skipped", code)
		}
		return
	}
	program, err := harness.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{"attack", "login-wrong", "login-right", "guess-1-1", "create", "-n", "1", "--chatd", program, "--calm", "50ms", "--logins", "5", "--guessing", "2s", "--flooding", "200ms"}
	if code := execute(args, &stdout, &stderr); code != exitOK {
		t.Fatalf("it ends with %d: %s", code, stderr.String())
	}
	const noticed = `  each of the crowd read up to \d+ other lines; \d+ visits were answered .*; their ONCE key held, CREATE after it: 1 OK\n`
	for _, want := range []string{
		`login-wrong +p99 \S+ ms before, \S+ during, \S+ after; \S+ MB resident at most, \S+ MB stored, \d+ lines logged\n  5 LOGINs: 5 bad-login; the last answer after .*s\n` + noticed,
		`login-right .*\n  5 LOGINs: 5 OK; .*\n`,
		`guess-1-1 .*\n  in 2s \d+ bad-login, \d+ rate-limited; its owner logged in [1-9]\d* times, in .* at most, and was told 0 times to wait\n`,
		`create +p99 \S+ ms before, \S+ with a sink, .*\n  \d+ connections sent \S+ MB: .*\d OK.*\n` + noticed,
	} {
		if !regexp.MustCompile(want).MatchString(stdout.String()) {
			t.Errorf("there is no %s", want)
		}
	}
	if guesses := regexp.MustCompile(`in 2s (\d+)`).FindStringSubmatch(stdout.String()); guesses != nil {
		if n, _ := strconv.Atoi(guesses[1]); n > 5 { // after the fifth comes a wait of 15 seconds
			t.Errorf("%d guesses were checked", n)
		}
	}
	if t.Failed() {
		t.Log(stdout.String())
	}
}

func TestAttackNames(t *testing.T) {
	for args, want := range map[string]string{
		"attack login-wrong guess-1-1": "",
		"attack":                       "",
		"attack nobody":                "there is no attack nobody",
		"kill login-wrong":             "name one mode",
		"":                             "name one mode",
		"flood":                        "flood needs an attack, and may have an address",
		"flood create":                 "",
		"flood create 127.0.0.1:1":     "",
		"flood create 127.0.0.1:1 on":  "flood needs an attack, and may have an address",
	} {
		got := ""
		if _, _, err := parseOptions(strings.Fields(args)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

func TestAnswerCodes(t *testing.T) {
	for line, want := range map[string]string{
		"OK POST go 1\n": "OK", "OK HELP\r\n": "OK", "OK": "OK",
		"ERR POST rate-limited wait\n": "rate-limited", "ERR POST\n": "",
		"BYE quit good-bye\n": "quit", "MSG go 1 bob OK\n": "", "\n": "",
	} {
		if got := answerCode([]byte(line)); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// The medians of several runs are compared, unless their sinks show that the machine was busy.
func TestSummary(t *testing.T) {
	runs := []figures{
		{before: 4e6, sunk: 10e6, attacked: 30e6, after: 8e6, memory: 1e6, stored: 5e6, logged: 7},
		{before: 4e6, sunk: 13e6, attacked: 20e6, after: 6e6, memory: 3e6, stored: 4e6, logged: 9},
		{before: 5e6, sunk: 10e6, attacked: 10e6, after: 1e6, memory: 2e6, stored: 6e6, logged: 8},
	}
	const want = "3 runs: p99 4 ms before, 10 with a sink, 20 during, 6 after; 3.0 MB resident at most, 6.0 MB stored, 9 lines logged; that during it is 2.00 x that with a sink%s, that after it 1.50 x that before"
	if got := summarize(runs); got != fmt.Sprintf(want, "") {
		t.Errorf("%s, want %s", got, fmt.Sprintf(want, ""))
	}
	runs[1].sunk = 14e6
	if got := summarize(runs); got != fmt.Sprintf(want, " (void: those with a sink differ by 1.40 x)") {
		t.Errorf("with sinks that differ: %s", got)
	}
}

// reading returns a client that reads a script. Its connection stays open: a closed pipe,
// unlike a closed socket, takes no deadlines, not even for lines that have been read already.
func reading(t *testing.T, script string) *harness.Client {
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return &harness.Client{Conn: near, In: bufio.NewReader(strings.NewReader(script))}
}

// Whoever misses a post, or is told of an error, notices; and a post has taken as long as
// until its last delivery.
func TestCrowd(t *testing.T) {
	due := func(uint64) time.Time { return time.Now() }
	for script, want := range map[string]string{
		"NOTICE hi\nMSG crowd 1 crowd-0 x\nMSG crowd 2 bob good-bye\nMSG crowd 3 crowd-0 good-bye\n": "",
		"MSG crowd 1 crowd-0 x\nMSG crowd 3 crowd-0 x\n":                                             "post 3 came after 1",
		"MSG crowd 1 crowd-0 x\nMSG crowd 1 crowd-0 x\n":                                             "post 1 came after 1",
		"MSG crowd 1 bob x\nMSG crowd 3 bob x\n":                                                     "post 3 came after 1",
		"ERR POST rate-limited no\n":                                                                 "it was told rate-limited no",
		"MSG crowd 1 crowd-0 x\n":                                                                    "EOF",
	} {
		got := ""
		if err := (&crowdMember{Client: reading(t, script)}).read(due); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", script, got, want)
		}
	}
	c := &crowd{members: []*crowdMember{{took: make([]time.Duration, 200)}, {took: make([]time.Duration, 200)}}}
	c.members[1].took[7], c.members[0].took[8], c.members[0].took[150] = 3, 2, 9
	for _, test := range []struct {
		span
		want time.Duration
	}{{span{0, 0}, 0}, {span{0, 8}, 3}, {span{8, 100}, 2}, {span{0, 150}, 2}, {span{0, 200}, 3}} {
		if got := c.p99(test.span); got != test.want {
			t.Errorf("p99 of %v is %d, want %d", test.span, got, test.want)
		}
	}
}
