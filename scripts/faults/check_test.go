package main

import (
	"bufio"
	"errors"
	"net"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// testWorkspace has two posters, one holder and one room.
func testWorkspace() *workspace {
	return &workspace{options: &options{seed: 1, posters: 2, readers: 1, holders: 1, rooms: 1}}
}

// lineOf is how chatd sends a post.
func lineOf(src *source, id postID, seq uint64) proto.Line {
	p := src.post(id)
	line := proto.Line{Type: proto.MSG, Room: src.rooms[p.room], Seq: seq, Nick: nickOf(id.poster), Text: p.text}
	if p.verb == "ME" {
		line.Type = proto.ME
	}
	return line
}

// TestAudit has the checker see each kind of fault, and that alone.
func TestAudit(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(stored []proto.Line) []proto.Line
		want   map[kind]int
	}{
		{"whole", func(s []proto.Line) []proto.Line { return s }, nil},
		{"the last is lost", func(s []proto.Line) []proto.Line { return s[:5] }, map[kind]int{lost: 1, misread: 1}},
		{"one in the middle is lost", func(s []proto.Line) []proto.Line { return slices.Delete(s, 2, 3) }, map[kind]int{lost: 1, holes: 1}},
		{"one is doubled", func(s []proto.Line) []proto.Line {
			again := s[5]
			again.Seq = 7
			return append(s, again)
		}, map[kind]int{doubled: 1, changed: 1, misread: 1}},
		{"a text is changed", func(s []proto.Line) []proto.Line { s[1].Text += "!"; return s }, map[kind]int{changed: 1, lost: 1}},
		{"a nick is changed", func(s []proto.Line) []proto.Line { s[1].Nick = "poster-7"; return s }, map[kind]int{changed: 1, lost: 1}},
		{"two are exchanged", func(s []proto.Line) []proto.Line {
			s[0], s[1] = s[1], s[0]
			s[0].Seq, s[1].Seq = 1, 2
			return s
		}, map[kind]int{disordered: 1, changed: 2, misread: 2}},
		{"a clock goes back", func(s []proto.Line) []proto.Line { s[3].Time = s[2].Time.Add(-time.Second); return s }, map[kind]int{earlier: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := newSource(testWorkspace())
			l := newLedger(src, 2)
			var stored []proto.Line
			for seq := uint64(1); seq <= 6; seq++ {
				id := l.next(uint32(seq-1) / 3)
				l.acknowledge(src.post(id), seq)
				stored = append(stored, lineOf(src, id, seq))
				stored[seq-1].Time = time.Unix(int64(seq/3), 0)
			}
			l.audit([][]proto.Line{test.damage(stored)})
			l.tally.expect(t, test.want)
		})
	}
}

// expect wants so many faults of each kind, and no others.
func (t *tally) expect(test *testing.T, want map[kind]int) {
	test.Helper()
	for k := range kind(kinds) {
		if t.count[k] != want[k] {
			test.Errorf("%s: %d, not %d: %q", kindNames[k], t.count[k], want[k], t.notes)
		}
	}
}

// TestAuditOfRefused: a post refused with store must not be stored, one refused
// with unknown may be.
func TestAuditOfRefused(t *testing.T) {
	src := newSource(testWorkspace())
	l := newLedger(src, 2)
	certain, perhaps := l.next(0), l.next(0)
	l.refuse(src.post(certain), notStored)
	l.refuse(src.post(perhaps), unknown)
	extra := l.audit([][]proto.Line{{lineOf(src, certain, 1), lineOf(src, perhaps, 2)}})
	if extra != 1 || l.tally.count[revived] != 1 {
		t.Errorf("%d stored but not acknowledged, %d refused but stored: %v", extra, l.tally.count[revived], l.tally.notes)
	}
}

// TestReader has a reader see what it is not to see.
func TestReader(t *testing.T) {
	l := newLoad(testWorkspace())
	first, second := l.ledger.next(0), l.ledger.next(0)
	r := l.readers[0]
	r.finishLine(lineOf(l.source, first, 1))
	if l.ledger.faulty() {
		t.Fatal(l.ledger.tally.notes)
	}
	for _, bad := range []proto.Line{
		lineOf(l.source, first, 1),                                     // again
		lineOf(l.source, second, 3),                                    // behind a number that is missing
		{Type: proto.GAP, Room: "room-0", From: 4, To: 5, Why: "none"}, // told so
	} {
		before := l.ledger.tally.count[misread]
		r.finishLine(bad)
		if l.ledger.tally.count[misread] == before {
			t.Errorf("%v passes", bad)
		}
	}
}

// finishLine takes a line, and what it may be the beginning of.
func (r *reader) finishLine(line proto.Line) {
	r.take(line)
	r.finish()
}

// TestTexts: chatd takes nothing out of the texts that are posted, and no line
// of them is too long.
func TestTexts(t *testing.T) {
	src := newSource(testWorkspace())
	if proto.Clean(src.corpus) != src.corpus {
		t.Error("chatd would change texts")
	}
	for n := range uint32(2000) {
		p := src.post(postID{0, n + 1})
		if !utf8.ValidString(p.text) || proto.CleanLines(p.text) != p.text || len(p.text) > 7000 {
			t.Errorf("%v: %q", p.id, p.text)
		}
		if id, whole := src.identify(lineOf(src, p.id, 1)); id != p.id || !whole {
			t.Errorf("%v is not recognised", p.id)
		}
	}
}

// TestRefusalReadLate: chatd may have refused a post before it noticed that the disk
// works again, however late the refusal is read. A post sent after that it must take.
func TestRefusalReadLate(t *testing.T) {
	for sentIn, wrong := range map[diskState]bool{failing: false, recovering: false, healthy: true} {
		l := newLoad(testWorkspace())
		l.enter(sentIn)
		id := answered(t, l, "ERR POST store certainly not stored\n", func() {
			if sentIn != healthy {
				l.enter(healthy)
			}
		})
		if l.ledger.faulty() != wrong {
			t.Errorf("disk state %d: %v is refused: %v", sentIn, id, l.ledger.tally.notes)
		}
	}
}

// TestRepeatedKeyIsNoRecovery: a room that still refuses posts acknowledges a
// repeated ONCE key once it knows that the first post was stored.
func TestRepeatedKeyIsNoRecovery(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		l := newLoad(testWorkspace())
		l.ledger.expectRecovery()
		l.enter(recovering)
		for (l.source.post(postID{0, uint32(len(l.ledger.sent[0]) + 1)}).once != "") != keyed {
			l.ledger.next(0)
		}
		answered(t, l, "OK POST room-0 1\n", func() {})
		if waiting := l.ledger.recovering(); (len(waiting) > 0) != keyed {
			t.Errorf("with a key: %v; still recovering: %v", keyed, waiting)
		}
	}
}

// answered has the first poster send its next post; before the answer is read,
// meanwhile happens.
func answered(t *testing.T, l *load, answer string, meanwhile func()) postID {
	t.Helper()
	p := l.source.post(l.ledger.next(0))
	p.verb = "POST"
	if _, err := l.posters[0].send(answering(t, answer, meanwhile), []post{p}); err != nil {
		t.Fatal(err)
	}
	return p.id
}

// answering returns a connection on which one line is answered; before it is, meanwhile
// happens.
func answering(t *testing.T, answer string, meanwhile func()) *harness.Client {
	t.Helper()
	client, server := net.Pipe()
	done := make(chan error, 1)
	go func() { // done tells its end
		_, err := bufio.NewReader(server).ReadString('\n')
		meanwhile()
		_, err2 := server.Write([]byte(answer))
		done <- errors.Join(err, err2)
	}()
	t.Cleanup(func() {
		_ = client.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return harness.NewClient(client)
}
