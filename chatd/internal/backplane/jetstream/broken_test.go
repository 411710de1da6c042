package jetstream_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// stream returns what changes the stream behind the machines' backs.
func stream(t *testing.T, servers natstest.Servers) js.JetStream {
	t.Helper()
	conn, err := nats.Connect(servers.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	stream, err := js.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// TestCutOff has two of three servers end: nothing can be decided until they are back.
func TestCutOff(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 3)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	servers[1].Stop()
	servers[2].Stop()
	outcomes := map[string]error{}
	for i := range 2 {
		text := fmt.Sprint("cut off ", i)
		_, outcomes[text] = a.post("go", text)
		if err := outcomes[text]; !errors.Is(err, history.ErrFailed) && !errors.Is(err, history.ErrUnknown) {
			t.Errorf("a post without a majority: %v", err)
		}
	}
	left := make(chan error, 1)
	a.Submit(&backplane.End{Session: 7}, func(v backplane.Verdict) { left <- v.Err })
	for _, m := range []*testMachine{a, b} {
		m.hears("health %v", backplane.ErrCutOff)
	}
	if _, err := a.post("go", "refused at once"); !errors.Is(err, backplane.ErrCutOff) {
		t.Errorf("a post of who is cut off: %v", err)
	}
	servers[1].Start(t)
	servers[2].Start(t)
	for _, m := range []*testMachine{a, b} {
		m.hears("health %v", nil)
	}
	if err := <-left; err != nil {
		t.Errorf("the end of a session: %v", err)
	}
	if _, err := a.post("go", "after"); err != nil {
		t.Error(err)
	}
	alike(t, "go", a, b)
	a.bears(outcomes)
}

// bears checks that what was said of posts to room go is true: those that failed are not stored,
// and of those that are, which nobody was told of, the machine has been told later.
func (m *testMachine) bears(outcomes map[string]error) {
	m.t.Helper()
	stored := m.stored("go")
	for text, err := range outcomes {
		is := slices.Contains(stored, text)
		if is && errors.Is(err, history.ErrFailed) {
			m.t.Errorf("%q failed, and is stored", text)
		}
		if told := m.count("post go 1 " + text); is && told != 1 {
			m.t.Errorf("%q, of which %v was said, is stored and delivered %d times", text, err, told)
		}
	}
}

// TestFenced has a machine stand still until the others take it for gone.
func TestFenced(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	b.hears("*backplane.Create")
	old, blocked := b.epoch(), make(chan struct{})
	release := sync.OnceFunc(func() { close(blocked) })
	t.Cleanup(release) // before the log is closed
	b.mu.Lock()
	b.block = blocked
	b.mu.Unlock()
	if _, err := a.post("go", "stand still"); err != nil {
		t.Fatal(err)
	}
	b.hears("post go 1 stand still")
	verdicts := make(chan error, 2)
	b.Submit(posts("go", "too late"), func(v backplane.Verdict) { verdicts <- v.Err })
	b.Submit(&backplane.End{Session: 7}, func(v backplane.Verdict) { verdicts <- v.Err })
	a.hears("ended %d", old)
	b.mu.Lock()
	b.block = nil
	b.mu.Unlock()
	release()
	b.await("another epoch", func(events []string) bool {
		last := events[len(events)-1]
		return strings.HasPrefix(last, "fenced ") && last != fmt.Sprint("fenced ", old)
	})
	if err := <-verdicts; !errors.Is(err, history.ErrFailed) && !errors.Is(err, history.ErrUnknown) {
		t.Errorf("a post of who is taken for gone: %v", err)
	}
	if err := <-verdicts; err != nil {
		t.Errorf("the end of a session of who is taken for gone: %v", err)
	}
	if n, err := b.post("go", "here again"); n != 2 || err != nil {
		t.Errorf("a post in the new epoch: %d, %v", n, err)
	}
	alike(t, "go", a, b)
	if f := a.Figures(); f.Machines != 2 || f.Hole != 0 {
		t.Errorf("the figures are %+v", f)
	}
}

// TestCopyThatCannotBeWritten has the disk fail for a while. What was told by then is in the log,
// and is not read before the copy has it; nothing more is told.
func TestCopyThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	a := join(t, connect(t, natstest.Run(t, 1)), newMemoryCopy())
	a.create("go")
	a.stored("go")
	onFire := errors.New("disk on fire")
	a.copy.setFail(func(*machine.Result) error { return onFire })
	if n, err := a.post("go", "one"); n != 1 || err != nil {
		t.Errorf("a post that is in the log: %d, %v", n, err)
	}
	if err := a.copy.settled(t.Context()); !errors.Is(err, onFire) {
		t.Errorf("reading what is not stored: %v", err)
	}
	a.Submit(posts("go", "two"), func(v backplane.Verdict) { a.note("two: %v", v.Err) })
	a.hears("health %v", backplane.ErrUnwritable)
	refused(t, a.Health().Unwritable, "disk on fire")
	if _, err := a.post("go", "refused"); !errors.Is(err, backplane.ErrUnwritable) {
		t.Errorf("a post while nothing can be stored: %v", err)
	}
	a.hears("two: %v", history.ErrUnknown)
	a.copy.setFail(nil)
	a.hears("health %v", nil)
	a.hears("post go 2 two")
	if _, err := a.post("go", "three"); err != nil {
		t.Error(err)
	}
	if got := a.stored("go"); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("stored are %q", got)
	}
}

// TestStreamIsFull posts until there is no more space, and makes some.
func TestStreamIsFull(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 3)
	small := config(t, servers)
	small.MaxBytes = 64 << 10
	c, err := tryConnect(t, small)
	if err != nil {
		t.Fatal(err)
	}
	a := join(t, c, newMemoryCopy())
	a.create("go")
	posted := 0
	for err == nil {
		if _, err = a.post("go", strings.Repeat("x", 4<<10)); err == nil {
			posted++
		}
	}
	if !errors.Is(err, history.ErrFull) || posted == 0 {
		t.Errorf("after %d posts: %v, want ErrFull", posted, err)
	}
	ended := make(chan error, 1)
	a.Submit(&backplane.End{Session: 7}, func(v backplane.Verdict) { ended <- v.Err })
	if _, err := a.post("go", strings.Repeat("y", 4<<10)); !errors.Is(err, history.ErrFull) {
		t.Errorf("another post: %v, want ErrFull", err)
	}
	enlarge(t, servers)
	if err := <-ended; err != nil {
		t.Errorf("the end of a session while the stream is full: %v", err)
	}
	if n, err := a.post("go", "last"); n != uint64(posted+1) || err != nil {
		t.Errorf("a post once there is space: %d, %v; want %d", n, err, posted+1)
	}
	if got := a.stored("go"); len(got) != posted+1 || got[posted] != "last" {
		t.Errorf("%d posts are stored, want %d", len(got), posted+1)
	}
}

// enlarge has the stream take up to a megabyte.
func enlarge(t *testing.T, servers natstest.Servers) {
	t.Helper()
	behind := stream(t, servers)
	info, err := behind.Stream(t.Context(), "chat")
	if err != nil {
		t.Fatal(err)
	}
	larger := info.CachedInfo().Config
	larger.MaxBytes = 1 << 20
	if _, err := behind.UpdateStream(t.Context(), larger); err != nil {
		t.Fatal(err)
	}
}

// TestStreamIsMadeAnew has the stream go while a machine follows it.
func TestStreamIsMadeAnew(t *testing.T) {
	t.Parallel()
	const isAnother = "not the one that this copy was made of"
	for name, test := range map[string]struct {
		change func(*js.StreamConfig)
		want   string // what is said at the next start
	}{
		"as that of another chat": {func(c *js.StreamConfig) { c.Metadata = map[string]string{"chatd.cluster": strings.Repeat("7", 32)} }, "is a copy of chat"},
		"without its records":     {func(*js.StreamConfig) {}, isAnother},
		"without delivery":        {func(c *js.StreamConfig) { c.RePublish = nil }, "not republished"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := natstest.Run(t, 1)
			c := connect(t, servers)
			c.BelieveAtOnce()
			a := join(t, c, newMemoryCopy())
			a.create("go")
			behind := stream(t, servers)
			old, err := behind.Stream(t.Context(), "chat")
			if err != nil {
				t.Fatal(err)
			}
			anew := old.CachedInfo().Config
			test.change(&anew)
			if err := behind.DeleteStream(t.Context(), "chat"); err != nil {
				t.Fatal(err)
			}
			if _, err := behind.CreateStream(t.Context(), anew); err != nil {
				t.Fatal(err)
			}
			a.hears("health %v", backplane.ErrStopped)
			refused(t, a.Health().Stopped, isAnother)
			again, err := tryConnect(t, config(t, servers))
			if err == nil {
				again.BelieveAtOnce()
				_, err = tryOpen(t, again, a.copy, options)
			}
			refused(t, err, test.want)
		})
	}
}

// TestCopyThatDiffers has a copy be changed between two starts of its machine.
func TestCopyThatDiffers(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	c := join(t, connect(t, servers), newMemoryCopy())
	c.Close()
	join(t, connect(t, servers), c.copy).Close()
	position := c.copy.values["P"]
	position[len(position)-12] ^= 1 // in the hash
	if _, err := tryOpen(t, connect(t, servers), c.copy, options); err == nil || !strings.Contains(err.Error(), "differs from those of the other machines") {
		t.Errorf("a copy that differs: %v", err)
	}
	if _, err := a.post("go", "one"); err != nil {
		t.Errorf("a post where most copies are the same: %v", err)
	}
	alike(t, "go", a, b)
}
