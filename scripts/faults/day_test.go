package main

import (
	"bytes"
	"regexp"
	"runtime"
	"testing"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// Nobody who talks loses anything while all is attacked.
func TestDay(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if runtime.GOOS != "linux" {
		if code := execute([]string{"day"}, &stdout, &stderr); code != exitSkipped {
			t.Errorf("it ends with %d, not as skipped", code)
		}
		return
	}
	program, err := harness.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"day", "--minutes", "0.03", "--sessions", "20", "--flooding", "300ms", "--chatd", program}
	if code := execute(args, &stdout, &stderr); code != exitOK {
		t.Fatalf("it ends with %d: %s%s", code, stderr.String(), stdout.String())
	}
	const want = `1\.8s: p99 \S+ ms of [1-9]\d* deliveries, \S+ MB resident, \S+ MB stored, [1-9]\d* posts acknowledged
the crowd: p99 \S+ ms, each read up to \d+ other lines
the attackers: [1-9]\d* connections sent .*`
	if !regexp.MustCompile(want).MatchString(stdout.String()) {
		t.Errorf("it printed %s", stdout.String())
	}
}

// A talker notices what is refused, left out, doubled, changed or not asked for.
func TestTalker(t *testing.T) {
	ok := proto.Line{Type: proto.OK, Verb: "POST", Room: "room-0", Seq: 1}
	for name, c := range map[string]struct {
		read func(first, second proto.Line) []proto.Line
		want map[kind]int
	}{
		"all is well": {func(first, second proto.Line) []proto.Line { return []proto.Line{first, ok, second} }, nil},
		"refused": {func(_, _ proto.Line) []proto.Line {
			return []proto.Line{{Type: proto.ERR, Verb: "POST", Code: proto.RateLimited}}
		}, map[kind]int{broken: 1}},
		"ended":    {func(_, _ proto.Line) []proto.Line { return []proto.Line{{Type: proto.BYE, Code: "too-many"}} }, map[kind]int{broken: 1}},
		"left out": {func(_, second proto.Line) []proto.Line { return []proto.Line{second} }, map[kind]int{misread: 1}},
		"doubled":  {func(first, _ proto.Line) []proto.Line { return []proto.Line{first, first} }, map[kind]int{misread: 1}},
		"changed": {func(first, _ proto.Line) []proto.Line {
			first.Text += "!"
			return []proto.Line{first}
		}, map[kind]int{changed: 1}},
		"not asked for": {func(_, _ proto.Line) []proto.Line { return []proto.Line{ok, ok} }, map[kind]int{broken: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			someone := newTalker(testWorkspace())
			src, ledger := someone.day.run.load.source, someone.day.run.load.ledger
			first, second := ledger.next(0), ledger.next(0)
			someone.unanswered <- src.post(first)
			for _, line := range c.read(lineOf(src, first, 1), lineOf(src, second, 2)) {
				someone.take(line)
			}
			ledger.tally.expect(t, c.want)
		})
	}
}

// newTalker returns a talker of a day with one room.
func newTalker(w *workspace) *talker {
	w.options.rooms, w.options.sessions = 1, 2
	d := &day{workspace: w, run: newRun(w, "")}
	d.run.load.source.homely = true
	d.run.load.ledger.addReader(nickOf(0))
	return &talker{day: d, unanswered: make(chan post, 1), ended: make(chan struct{})}
}

// What a talker has not been answered, or has not read, is missing at the end of the day.
func TestMissing(t *testing.T) {
	someone := newTalker(testWorkspace())
	d := someone.day
	d.talkers = []*talker{someone}
	p := d.run.load.source.post(d.run.load.ledger.next(0))
	someone.unanswered <- p
	d.pending.Add(1)
	if got := d.missing(); got != "1 commands are not answered" {
		t.Errorf("before the answer: %q", got)
	}
	someone.take(proto.Line{Type: proto.OK, Verb: "POST", Room: "room-0", Seq: 1})
	if got := d.missing(); got != "poster-0 has read its room up to 0, and not 1" {
		t.Errorf("before it is read: %q", got)
	}
	someone.take(lineOf(d.run.load.source, p.id, 1))
	if got := d.missing(); got != "" {
		t.Errorf("at the end: %q", got)
	}
}
