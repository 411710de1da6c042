package main

import (
	"bytes"
	"regexp"
	"runtime"
	"testing"

	"linechat/scripts/harness"
)

// More lines than a session may send at once are all posted, from nc and from chat.
func TestPipe(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if _, err := findNC(); runtime.GOOS != "linux" || err != nil {
		if code := execute([]string{"pipe"}, &stdout, &stderr); code != exitSkipped {
			t.Errorf("it ends with %d, not as skipped", code)
		}
		return
	}
	program, err := harness.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"pipe", "--nc-lines", "1100", "--chat-lines", "1100", "--chatd", program}
	if code := execute(args, &stdout, &stderr); code != exitOK {
		t.Fatalf("it ends with %d: %s", code, stderr.String())
	}
	const want = `^nc: 1100 posts of one guest, none refused, in \S+ s; it was told: .*
chat: 1100 lines of 100 bytes posted in \S+ s; it printed "chat: created room build\\n"
$`
	if !regexp.MustCompile(want).MatchString(stdout.String()) {
		t.Errorf("it printed %s", stdout.String())
	}
}

func TestAnswersOfPipe(t *testing.T) {
	for out, want := range map[string]string{
		"HELLO chatd/1 guest-1 hi\nOK POST go 1\nNOTICE slow\nMSG go 2 a y\nOK POST go 2\nBYE end-of-input good-bye\n": "",
		"OK POST go 1\nOK POST go 3\n":               "post 2 was answered with number 3",
		"OK POST go 1\nERR POST rate-limited slow\n": "after 1 posts came ERR rate-limited slow",
		"OK POST go 1\nBYE end-of-input good-bye\n":  `1 of 2 posts were answered, and the end was "OK POST go 1\nBYE end-of-input good-bye\n"`,
	} {
		notices, err := checkAnswers(out, 2)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || (err == nil && notices != "slow") {
			t.Errorf("%q: %q and notices %q, want %q", out, got, notices, want)
		}
	}
}
