package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"linechat/chatd/proto"
)

// TestOrderAnywhere: where posters go from machine to machine, one that was given up may come
// late, and only such a one.
func TestOrderAnywhere(t *testing.T) {
	for _, test := range []struct {
		name     string
		anywhere bool
		first    outcome
		want     map[kind]int
	}{
		{"one machine", false, unknown, map[kind]int{disordered: 1}},
		{"several, given up", true, unknown, nil},
		{"several, acknowledged", true, acknowledged, map[kind]int{disordered: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := newSource(testWorkspace())
			l := newLedger(src, 2)
			l.anywhere = test.anywhere
			first, second := l.next(0), l.next(0)
			if test.first == acknowledged {
				l.acknowledge(src.post(first), 2)
			} else {
				l.refuse(src.post(first), test.first)
			}
			l.acknowledge(src.post(second), 1)
			l.audit([][]proto.Line{{lineOf(src, second, 1), lineOf(src, first, 2)}})
			l.tally.expect(t, test.want)
		})
	}
}

// A fakeChatd says what a chatd would.
type fakeChatd struct {
	position position
	members  []string
}

// serve answers at the sockets of a machine.
func (f *fakeChatd) serve(t *testing.T, h *host) {
	if err := os.Mkdir(h.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, socket := range []string{h.socket(), h.admin()} {
		l, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() { // until the listener is closed
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				f.answer(conn)
			}
		}()
	}
}

func (f *fakeChatd) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	fmt.Fprintln(conn, "HELLO linechat/1 chatd ready")
	for in := bufio.NewScanner(conn); in.Scan(); {
		if in.Text() == "STATS" {
			fmt.Fprintf(conn, "STAT chatd_log_applied %d\nSTAT chatd_log_hash %g\nOK STATS\n", f.position.applied, float64(f.position.hash))
			continue
		}
		for _, nick := range f.members {
			fmt.Fprintf(conn, "USER room-0 %s member\n", nick)
		}
		fmt.Fprintf(conn, "OK WHO room-0 %d\n", len(f.members))
	}
}

// fakeCluster returns a cluster of two machines that say this.
func fakeCluster(t *testing.T, chatds ...*fakeChatd) *cluster {
	w := testWorkspace()
	c := &cluster{workspace: w, load: newLoad(w)}
	for i, f := range chatds {
		h, err := newHost(t.TempDir(), i+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.serve(t, h)
		c.hosts = append(c.hosts, h)
	}
	return c
}

// TestCompare has machines differ in what they have made of the log.
func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second fakeChatd
		want          string // the error, or how it begins
		faults        int
	}{
		{"the same", fakeChatd{position{5, 77}, []string{"reader-0"}}, fakeChatd{position{5, 77}, []string{"reader-0"}}, "", 0},
		{"one behind", fakeChatd{position{5, 77}, nil}, fakeChatd{position{6, 78}, nil}, "the machines are at", 0},
		{"another hash", fakeChatd{position{5, 77}, nil}, fakeChatd{position{5, 78}, nil}, "the machines are at", 1},
		{"a guest too many", fakeChatd{position{5, 77}, []string{"reader-0"}}, fakeChatd{position{5, 77}, []string{"ghost", "reader-0"}}, "at chatd-2 there are in room-0: ghost reader-0", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := fakeCluster(t, &test.first, &test.second)
			err := c.samePosition(t.Context())
			if err == nil {
				err = c.sameMembers(t.Context())
			}
			if text := fmt.Sprint(err); (err != nil) != (test.want != "") || !strings.HasPrefix(text, test.want) && err != nil {
				t.Errorf("it says %v", err)
			}
			c.load.ledger.tally.expect(t, map[kind]int{broken: test.faults})
		})
	}
}

// TestDescribe tells the median and the longest of the pauses, if there were any.
func TestDescribe(t *testing.T) {
	all := []pauses{{posting: 5 * time.Second}, {posting: time.Second}, {posting: 2 * time.Second}}
	if got := describe(all, func(p pauses) time.Duration { return p.posting }); got != "2.0/5.0 s" {
		t.Errorf("pauses are described as %q", got)
	}
	if got := describe(all, func(p pauses) time.Duration { return p.moving }); got != "" {
		t.Errorf("none are described as %q", got)
	}
}
