package main

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"linechat/scripts/harness"
)

func TestHistogram(t *testing.T) {
	var h, other histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Microsecond)
	}
	other.add(time.Hour)
	h.merge(&other)
	for q, want := range map[float64]time.Duration{0: time.Microsecond, 0.5: 501 * time.Microsecond, 0.99: 991 * time.Microsecond} {
		if got := h.quantile(q); got < want-want/64 || got > want+want/64 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	for _, d := range []time.Duration{-1, 0, 1, 63, 64, 127, 128, 129, 12345, 1<<longest - 1, 1 << 62} {
		within := min(max(d, 0), 1<<longest-1)
		if got := middleOf(bucketOf(d)); got < within-within/64 || got > within+within/64 {
			t.Errorf("%d is counted as %d", d, got)
		}
	}
}

func TestCheckNumbers(t *testing.T) {
	for _, c := range []struct {
		posters [][]uint64
		wrong   string // "": nothing
	}{
		{[][]uint64{{1, 4}, {2, 3}, {}}, ""},
		{[][]uint64{{0, 0}, {0}}, ""},
		{[][]uint64{{1, 2}, {4}}, "number 4 was given where there are 3 posts"},
		{[][]uint64{{1, 2}, {2}}, "number 2 was given twice"},
		{[][]uint64{{2, 1}}, "a poster was given number 1 after 2"},
		{[][]uint64{{1}, {0}}, "a poster was given number 0 after 0"},
	} {
		got := ""
		if err := checkNumbers(c.posters); err != nil {
			got = err.Error()
		}
		if got != c.wrong {
			t.Errorf("%v: %q, want %q", c.posters, got, c.wrong)
		}
	}
}

func TestBody(t *testing.T) {
	b := newBody()
	setBody(b, markLast, 120034)
	if mark, number, ok := readBody(b); mark != markLast || number != 120034 || !ok || len(b) != bodySize {
		t.Errorf("%q is read as %c %d %v", b, mark, number, ok)
	}
	b[3] = 'x'
	if _, _, ok := readBody(b); ok {
		t.Errorf("%q is read as a body", b)
	}
}

// An acknowledgement is what says that a post was stored, and nothing else is.
func TestAcknowledgements(t *testing.T) {
	for _, c := range []struct {
		system system
		answer string // $ stands for the inbox
		number uint64
		wrong  bool
	}{
		{&chatd{}, "OK POST room0 17\n", 17, false},
		{&chatd{}, "NOTICE slow\nOK POST room0 18\n", 18, false},
		{&chatd{}, "ERR POST store no\n", 0, true},
		{&chatd{}, "ERR POST unknown perhaps\n", 0, true},
		{&chatd{}, "OK POST room1 17\n", 0, true},
		{&chatd{}, "OK POST room0 0\n", 0, true},
		{&chatd{}, "BYE shutdown good-bye\n", 0, true},
		{&redis{}, "$15\r\n1764000000000-0\r\n", 0, false},
		{&redis{}, "-MISCONF no\r\n", 0, true},
		{&redis{}, "_\r\n", 0, true},
		{&nats{}, "MSG $ 1 29\r\n{\"stream\":\"room0\", \"seq\":17}\r\n", 17, false},
		{&nats{}, "PING\r\nMSG $ 1 29\r\n{\"stream\":\"room0\", \"seq\":18}\r\n", 18, false},
		{&nats{}, "MSG $ 1 50\r\n{\"error\":{\"code\":503},\"stream\":\"room0\",\"seq\":0}\r\n", 0, true},
		{&nats{}, "MSG $ 1 46\r\n{\"stream\":\"room0\", \"seq\":17,\"duplicate\":true}\r\n", 0, true},
		{&nats{}, "-ERR 'Permissions Violation'\r\n", 0, true},
		{&jetstream{}, "MSG $ 1 29\r\n{\"stream\":\"posts\", \"seq\":17}\r\n", 0, false},
		{&jetstream{}, "MSG $ 1 29\r\n{\"stream\":\"room0\", \"seq\":17}\r\n", 0, true},
	} {
		client, peer := tcpPair(t)
		p, err := c.system.newPoster(&conn{harness.NewClient(client)}, "room0", newBody())
		if err != nil {
			t.Fatal(err)
		}
		inbox := "_INBOX." + client.LocalAddr().String()[strings.LastIndexByte(client.LocalAddr().String(), ':')+1:]
		if _, err := peer.Write([]byte(strings.ReplaceAll(c.answer, "MSG $", "MSG "+inbox))); err != nil {
			t.Fatal(err)
		}
		number, err := p.post()
		if number != c.number || err != nil != c.wrong {
			t.Errorf("%s: %q is %d, %v", c.system.name(), c.answer, number, err)
		}
	}
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	_ = client.SetDeadline(time.Now().Add(10 * time.Second))
	return client, server
}

// Lost and repeated posts are seen.
func TestListener(t *testing.T) {
	l := &listener{member: &bodies{{markPost, 1}, {markPost, 4}, {markLast, 6}}}
	if err := l.listen(); err != nil || l.lost != 3 || l.received.Load() != 3 {
		t.Errorf("%d lost, %d received, %v", l.lost, l.received.Load(), err)
	}
	if err := lossOf([]*listener{l, {}}); err == nil || err.Error() != "3 of 6 deliveries were lost, to 1 members" {
		t.Errorf("the loss is %v", err)
	}
	l = &listener{member: &bodies{{markPost, 1}, {markPost, 1}}}
	if err := l.listen(); err == nil {
		t.Error("a post that came twice was taken")
	}
}

// The member whose deliveries are timed sees what is missing, and what comes twice.
func TestWitness(t *testing.T) {
	for _, c := range []struct {
		posts bodies
		wrong string // "": nothing
	}{
		{bodies{{markPost, 100}, {markNear, 90}, {markLast, 2}}, ""},
		{bodies{{markPost, 100}, {markLast, 2}}, "go: 1 of 2 posts were delivered"},
		{bodies{{markPost, 100}, {markNear, 90}, {markNear, 90}, {markLast, 2}}, "go: 3 of 2 posts were delivered"},
	} {
		r := &round{}
		r.stage.Store(stageMeasured)
		w := &witness{member: &c.posts, room: "go", began: time.Now().Add(-time.Second)}
		got := ""
		if err := w.watch(r); err != nil {
			got = err.Error()
		}
		if got != c.wrong || w.latency.count != 1 {
			t.Errorf("%q, want %q, and %d timed", got, c.wrong, w.latency.count)
		}
		if least := w.latency.quantile(0); least < time.Second-time.Second/64 {
			t.Errorf("what was sent a second before took %v", least)
		}
	}
}

// bodies is a member to which these posts are delivered.
type bodies []struct {
	mark   byte
	number uint64
}

func (b *bodies) next() ([]byte, error) {
	body := newBody()
	setBody(body, (*b)[0].mark, (*b)[0].number)
	*b = (*b)[1:]
	return body, nil
}

func (b *bodies) buffered() int                      { return 0 }
func (b *bodies) appendPost(dst, body []byte) []byte { return append(dst, body...) }
func (b *bodies) Write(p []byte) (int, error)        { return len(p), nil }

// All benchmarks run on a chatd built from this tree, through each of its doors, and
// benchstat reads what they print.
func TestBenchmarks(t *testing.T) {
	var stdout, stderr bytes.Buffer
	args := strings.Fields("--servers chatd,chatd-tls,chatd-ssh --rounds 1 --posters 3 --posters-per-room 2 --seconds 0.1 --members 5 --windows 2 --fanout-seconds 0.1 --conns 4 posts delivery fanout --dir " + t.TempDir())
	units := map[string]string{"Posts/posters=3": "posts/s p50-sec p99-sec cpu-sec/post", "Delivery/posters=3": "posts/s p50-sec p99-sec cpu-sec/post delivered-p50-sec delivered-p99-sec", "Fanout/window=2": "deliveries/s cpu-sec/delivery"}
	if runtime.GOOS == "linux" {
		args = append(args, "idle")
		units["Idle/conns=4"] = "B/conn"
	}
	if code := run(args, &stdout, &stderr); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
	results := read(t, stdout.String())
	for name, units := range units {
		for _, server := range []string{"chatd", "chatd-tls", "chatd-ssh"} {
			if want := fmt.Sprintf("%s/server=%s %s\n", name, server, units); !strings.Contains(results, want) {
				t.Errorf("there is no %q", want)
			}
		}
	}
	if t.Failed() {
		t.Logf("%s%s", stdout.String(), stderr.String())
	}
}

// To benchstat "-3" at the end of a name is a number of processors.
func TestServerNames(t *testing.T) {
	for _, name := range serverNames {
		r := benchfmt.NewReader(strings.NewReader(line("Delivery/server="+name, 1, value{1, "posts/s"})+"\n"), "results")
		if !r.Scan() {
			t.Fatal(r.Err())
		}
		if _, parts := r.Result().(*benchfmt.Result).Name.Parts(); string(parts[len(parts)-1]) != "/server="+name {
			t.Errorf("%s is read as %q", name, parts)
		}
	}
}

// read returns the names and units of the lines as benchstat reads them.
func read(t *testing.T, results string) string {
	var lines strings.Builder
	r := benchfmt.NewReader(strings.NewReader(results), "results")
	for r.Scan() {
		switch l := r.Result().(type) {
		case *benchfmt.Result:
			lines.WriteString(string(l.Name))
			for _, v := range l.Values {
				lines.WriteString(" " + v.Unit)
			}
			lines.WriteByte('\n')
		case *benchfmt.SyntaxError:
			t.Error(l)
		}
	}
	return lines.String()
}
