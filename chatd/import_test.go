package main

import (
	"strings"
	"testing"
)

// with returns line with new in place of old, which it has.
func with(line, old, new string) string {
	if !strings.Contains(line, old) {
		panic(line + " has no " + old)
	}
	return strings.Replace(line, old, new, 1)
}

// A refusal is what import says of lines behind a room that is as it should be.
type refusal struct {
	want  string
	lines []string
}

func TestImportRefusesRooms(t *testing.T) {
	t.Parallel()
	wantRefused(t, []refusal{
		{"line 2: it is no JSON object", []string{"hello"}},
		{"line 2: it is no JSON object", []string{goRoom + goOne}},
		{"line 2: it is no JSON object", []string{`["room"]`}},
		{"line 2: it is not UTF-8", []string{with(goRoom, "all", "\xff")}},
		{`line 2: its type is "tell"`, []string{with(goRoom, "room", "tell")}},
		{`line 2: its type is ""`, []string{"{}"}},
		{`line 2: a field "colour" is not known`, []string{with(goRoom, `"topic"`, `"colour":"red","topic"`)}},
		{`line 2: a field "seq" is not known`, []string{with(goRoom, `"topic"`, `"seq":1,"topic"`)}},
		{"line 2: first is a JSON string, not a whole number from 0", []string{with(goRoom, `"first":1`, `"first":"1"`)}},
		{"line 2: first is a JSON number -1, not a whole number from 0", []string{with(goRoom, `"first":1`, `"first":-1`)}},
		{`line 2: room "g o": a name has only letters`, []string{with(goRoom, `"go"`, `"g o"`)}},
		{`line 2: room "": a name has`, []string{with(goRoom, `"room":"go",`, "")}},
		{`line 2: nick "9":`, []string{with(goRoom, "bob", "9")}},
		{`line 2: nick "b b":`, []string{with(goRoom, "alice", "b b")}},
		{`line 2: the time "yesterday"`, []string{with(goRoom, "2026-11-23T10:00:00.000000001Z", "yesterday")}},
		{`line 2: the time "1066-10-14T00:00:00Z"`, []string{with(goRoom, "2026-11-23T10:00:00.000000001Z", "1066-10-14T00:00:00Z")}},
		{"line 2: first is 0", []string{with(goRoom, `"first":1`, `"first":0`)}},
		{"line 2: head is 3, and first 5", []string{with(goRoom, `"first":1`, `"first":5`)}},
		{"line 2: head is 18446744073709551615", []string{with(goRoom, `"head":3`, `"head":18446744073709551615`)}},
		{"line 2: it is an account's, whose id is that, or a guest's", []string{with(goRoom, `"first"`, `"account":7,"guest":true,"first"`)}},
		{"line 2: it is an account's, whose id is that, or a guest's", []string{with(goRoom, `"first"`, `"account":18446744073709551615,"first"`)}},
		{"line 2: guest is a JSON string, not true or false", []string{with(goRoom, `"first"`, `"guest":"alice","first"`)}},
		{"line 2: dropped is the time of the post before first", []string{with(goRoom, `"first"`, `"dropped":"2026-11-23T10:00:00Z","first"`)}},
		{"line 2: the topic has 401 bytes, at most 400", []string{with(goRoom, "all about Go", strings.Repeat("x", 401))}},
		{`line 2: the topic " x" is not as`, []string{with(goRoom, "all about Go", " x")}},
		{`line 2: the topic "-" is not as`, []string{with(goRoom, "all about Go", "-")}},
		{`line 2: the topic "a\u200bb" is not as`, []string{with(goRoom, "all about Go", `a\u200bb`)}},
		{"line 2: there is a room ZOO already", []string{with(empty, "zoo", "ZOO")}},
		{"line 2: there is a room z00 already", []string{with(empty, "zoo", "z00")}},
		{"line 2: a post where the line of a room is to come", []string{goOne}},
	})
}

func TestImportRefusesPosts(t *testing.T) {
	t.Parallel()
	wantRefused(t, []refusal{
		{"line 3: a post of room golf among those of room go", []string{goRoom, with(goOne, `"go"`, `"golf"`)}},
		{"line 3: post 2 is missing before post 3;", []string{with(goRoom, `"first":1`, `"first":2`), goLast}},
		{"line 4: post 1, where the posts from 2 to 3", []string{goRoom, goOne, goOne}},
		{"line 4: post 2 is missing before post 3;", []string{goRoom, goOne, goLast}},
		{"line 4: post 2 is missing, the room has posts up to 3;", []string{goRoom, goOne}},
		{"line 4: post 2 is missing, the room has posts up to 3;", []string{goRoom, goOne, kept}},
		{"line 4: post 2 is older than the one before it", []string{goRoom, goOne, with(goTwo, "10:00:01", "10:00:00")}},
		{"line 3: post 501 is older than the one before it", []string{with(kept, "-02-01T00:00:00.000000000Z\",\"nick", "-01-31T23:59:59Z\",\"nick")}},
		{"line 3: post 1: it has no time", []string{goRoom, with(goOne, `"time":"2026-11-23T10:00:01.000000000Z",`, "")}},
		{`line 3: post 1: the time "10:00"`, []string{goRoom, with(goOne, "2026-11-23T10:00:01.000000000Z", "10:00")}},
		{"line 3: post 1: its time 2200-01-01T00:00:00Z is yet to come", []string{goRoom, with(goOne, "2026-11-23T10:00:01.000000000Z", "2200-01-01T00:00:00Z")}},
		{`line 3: post 1: nick "b b":`, []string{goRoom, with(goOne, "bob", "b b")}},
		{`line 3: post 1: once "a b"`, []string{goRoom, with(goOne, "5f3a9c01be774d20", "a b")}},
		{"line 3: post 1: once", []string{goRoom, with(goOne, "5f3a9c01be774d20", strings.Repeat("x", 65))}},
		{"line 3: post 1: it has no text", []string{goRoom, with(goOne, `"text":"<hi> & \"ho\" \\ \t日本語 👩‍🚀",`, "")}},
		{"line 3: post 1: it has no text", []string{goRoom, with(goOne, "<hi> & \\\"ho\\\" \\\\ \\t日本語 👩‍🚀", `\n\n`)}},
		{"line 3: post 1: its text has characters that chatd takes out", []string{goRoom, with(goOne, "<hi>", `\u001b[31m`)}},
		{"line 3: post 1: its text has characters that chatd takes out", []string{goRoom, with(goOne, "<hi>", `\u202e`)}},
		{"line 3: post 1: its text has 1048577 bytes, at most 1048576", []string{goRoom, with(goOne, "<hi> & \\\"ho\\\" \\\\ \\t日本語 👩‍🚀", strings.Repeat("x", 1<<20+1))}},
		{"line 5: post 3: its text has 1001 lines", []string{goRoom, goOne, goTwo, with(goLast, "func", strings.Repeat(`\n`, 997))}},
		{"line 5: post 3: its text has 4 lines and 65536 bytes, at most 1000 and 65535", []string{goRoom, goOne, goTwo, with(goLast, "func", strings.Repeat("x", 65536-23))}},
		{"line 4: post 2: a me has one line", []string{goRoom, goOne, with(goTwo, "waves", `a\nb`)}},
		{"line 3: it has more than 6295552 bytes", []string{goRoom, with(goOne, "<hi>", strings.Repeat("x", maxImportLine))}},
	})
}

func wantRefused(t *testing.T, tests []refusal) {
	t.Helper()
	for _, test := range tests {
		data := t.TempDir()
		code, stdout, stderr := runCommand("import", "--data", data, file(t, lines(append([]string{empty}, test.lines...)...)))
		want := "chatd import: " + test.want
		if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, want) || !strings.HasSuffix(stderr, "(1 room before it imported, the last is zoo)\n") {
			t.Errorf("it ends with %d, says %q and %.300q, want %q", code, stdout, stderr, want)
		}
		if got := succeed(t, "export", "--data", data); got != lines(empty) {
			t.Errorf("%s: there is\n%s", test.want, got)
		}
	}
}

// TestWholeRoomStays: what is wrong behind its last post is no matter of it.
func TestWholeRoomStays(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	four := strings.Replace(goLast, `"seq":3`, `"seq":4`, 1)
	code, _, stderr := runCommand("import", "--data", data, file(t, lines(goRoom, goOne, goTwo, goLast, four)))
	if want := "chatd import: line 5: a post where the line of a room is to come (1 room before it imported, the last is go)\n"; code != exitFailed || stderr != want {
		t.Errorf("it ends with %d and says %q, want %q", code, stderr, want)
	}
	if got := succeed(t, "export", "--data", data); got != lines(goRoom, goOne, goTwo, goLast) {
		t.Errorf("there is\n%s", got)
	}
}

// TestImportFillsHoles: what was lost has a line in its place, and the numbers of
// the others stay.
func TestImportFillsHoles(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	room := strings.Replace(goRoom, `"head":3`, `"head":5`, 1)
	if got, want := succeed(t, "import", "--fill", "--data", data, file(t, lines(room, goTwo, goLast, empty))), "2 rooms, 5 posts imported, of which 3 stand for posts that are lost\n"; !strings.HasSuffix(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	const stands = `"nick":"chatd","text":"(this post was damaged and is lost)"}`
	want := lines(room,
		`{"type":"msg","room":"go","seq":1,"time":"2026-11-23T10:00:01.000000000Z",`+stands, goTwo, goLast,
		`{"type":"msg","room":"go","seq":4,"time":"2026-11-23T10:00:01.000000002Z",`+stands,
		`{"type":"msg","room":"go","seq":5,"time":"2026-11-23T10:00:01.000000002Z",`+stands, empty)
	if got := succeed(t, "export", "--data", data); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	all := strings.Replace(goRoom, `"made":"2026-11-23T10:00:00.000000001Z",`, "", 1)
	other := t.TempDir()
	succeed(t, "import", "--fill", "--data", other, file(t, lines(all)))
	succeed(t, "check", "--data", other)
}
