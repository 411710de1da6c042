package main

import (
	"bufio"
	"bytes"
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
	args := []string{"attack", "login-wrong", "login-right", "guess-1-1", "--chatd", program, "--calm", "50ms", "--logins", "5", "--guessing", "500ms"}
	if code := execute(args, &stdout, &stderr); code != exitOK {
		t.Fatalf("it ends with %d: %s", code, stderr.String())
	}
	for _, want := range []string{
		`login-wrong +p99 \S+ ms before, \S+ during, \S+ after; 5 LOGINs: 5 bad-login; the last answer after .*s\n`,
		`login-right .* 5 LOGINs: 5 OK; .*\n`,
		`guess-1-1 .* in 500ms \d+ bad-login, \d+ rate-limited; its owner logged in [1-9]\d* times, in .* at most, and was told 0 times to wait\n`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout.String()) {
			t.Errorf("there is no %s", want)
		}
	}
	if guesses := regexp.MustCompile(`in 500ms (\d+)`).FindStringSubmatch(stdout.String()); guesses != nil {
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
		"NOTICE hi\nMSG crowd 1 bob x\nMSG crowd 2 bob good-bye\n": "",
		"MSG crowd 1 bob x\nMSG crowd 3 bob x\n":                   "post 3 came after 1",
		"MSG crowd 1 bob x\nMSG crowd 1 bob x\n":                   "post 1 came after 1",
		"ERR POST rate-limited no\n":                               "it was told rate-limited no",
		"MSG crowd 1 bob x\n":                                      "EOF",
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
		from, to int
		want     time.Duration
	}{{0, 0, 0}, {0, 8, 3}, {8, 100, 2}, {0, 150, 2}, {0, 200, 3}} {
		if got := c.p99(test.from, test.to); got != test.want {
			t.Errorf("p99 of %d to %d is %d, want %d", test.from, test.to, got, test.want)
		}
	}
}
