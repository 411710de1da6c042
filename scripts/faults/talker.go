package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// maxUnanswered is how many commands a talker sends before it waits for answers.
const maxUnanswered = 64

// A talker is a member of one room, who posts there at fixed times, asks something now and
// then, and reads.
type talker struct {
	day        *day
	number     uint32
	client     *harness.Client
	last       atomic.Uint64 // the number of the last post that was read
	unanswered chan post     // what was sent, in this order; of a question the zero post
	ended      chan struct{} // closed when nothing more is read
}

// questions are asked one after the other, one before every tenth post.
var questions = []string{"WHO", "HISTORY 5", "SEARCH disk", "ROOMS"}

// talkersAddress returns the address of those who talk in a room.
func talkersAddress(room int) net.Addr {
	const perNetwork = 250
	return &net.TCPAddr{IP: net.IPv4(127, 1, byte(room/perNetwork), byte(2+room%perNetwork))}
}

// gatherTalkers connects the talkers, of whom the first ones make the rooms.
func (d *day) gatherTalkers(ctx context.Context) error {
	src := d.run.load.source
	for n := range uint32(d.sessions) {
		c, err := d.target.dial(ctx, talkersAddress(src.home(n)))
		if err != nil {
			return err
		}
		room := src.rooms[src.home(n)]
		commands := []string{"NICK " + nickOf(n), "FORMAT json", "JOIN " + room}
		if int(n) < len(src.rooms) {
			commands = slices.Insert(commands, 0, "CREATE "+room)
		}
		for _, command := range commands {
			if _, err := c.Ask(command); err != nil {
				return err
			}
		}
		c.Timeout = 0
		d.run.load.ledger.addReader(nickOf(n))
		d.talkers = append(d.talkers, &talker{day: d, number: n, client: c, unanswered: make(chan post, maxUnanswered), ended: make(chan struct{})})
	}
	return nil
}

// begin has the talkers speak and read, until end.
func (d *day) begin() {
	d.started = time.Now()
	for _, t := range d.talkers {
		d.reading.Go(t.read)
		d.speaking.Go(t.speak)
	}
}

// end waits until everything is answered and read, and closes the talkers' connections.
func (d *day) end(ctx context.Context) {
	close(d.over)
	d.speaking.Wait()
	for since := time.Now(); ctx.Err() == nil; sleep(ctx, 10*time.Millisecond) {
		missing := d.missing()
		if missing == "" {
			break
		}
		if time.Since(since) > answerWithin {
			d.run.load.ledger.fault(misread, "%v after the day %s", answerWithin, missing)
			break
		}
	}
	d.closing.Store(true)
	for _, t := range d.talkers {
		_ = t.client.Close()
	}
	d.reading.Wait()
}

// missing describes what has not been answered or read; "" if all has.
func (d *day) missing() string {
	if n := d.pending.Load(); n > 0 {
		return fmt.Sprintf("%d commands are not answered", n)
	}
	src, lasts := d.run.load.source, d.run.load.ledger.lasts()
	for _, t := range d.talkers {
		if read, last := t.last.Load(), lasts[src.home(t.number)]; read < last {
			return fmt.Sprintf("%s has read its room up to %d, and not %d", nickOf(t.number), read, last)
		}
	}
	return ""
}

// due returns when a post is to be sent.
func (d *day) due(id postID) time.Time {
	turns := int(id.n-1)*d.sessions + int(id.poster)
	return d.started.Add(time.Duration(turns) * postEvery)
}

// speak posts and asks until the day is over.
func (t *talker) speak() {
	src, ledger := t.day.run.load.source, t.day.run.load.ledger
	for n := uint32(1); ; n++ {
		select {
		case <-time.After(time.Until(t.day.due(postID{t.number, n}))):
		case <-t.day.over:
			return
		case <-t.ended:
			return
		}
		if n%10 == 0 && !t.send(post{}, []byte(questions[int(n/10)%len(questions)]+"\n")) {
			return
		}
		p := src.post(ledger.next(t.number))
		if !t.send(p, src.append(nil, p)) {
			return
		}
	}
}

// send sends a command, and reports whether the connection has taken it in. Why it has not,
// read finds.
func (t *talker) send(p post, command []byte) bool {
	select {
	case t.unanswered <- p:
	case <-t.ended:
		return false
	}
	t.day.pending.Add(1)
	_, err := t.client.Conn.Write(command)
	return err == nil
}

// read reads until the connection is closed.
func (t *talker) read() {
	defer close(t.ended)
	for {
		line, err := t.client.Receive()
		if err != nil {
			if !t.day.closing.Load() {
				t.fault(broken, "read %v", err)
			}
			return
		}
		t.take(line)
	}
}

// take handles one line.
func (t *talker) take(line proto.Line) {
	switch {
	case line.Past:
	case line.Type == proto.MSG || line.Type == proto.ME:
		t.hear(line)
	case line.Type == proto.OK:
		t.answered(line)
	case line.Type == proto.ERR:
		t.fault(broken, "was refused %s: %s %s", line.Verb, line.Code, line.Text)
		t.answered(line)
	case line.Type == proto.BYE || line.Type == proto.GAP:
		t.fault(broken, "was told %s %s %s", line.Type, line.Code, line.Text)
	}
}

// hear records a post.
func (t *talker) hear(line proto.Line) {
	if last := t.last.Swap(line.Seq); line.Seq != last+1 {
		t.fault(misread, "read %s %d after %d", line.Room, line.Seq, last)
	}
	src := t.day.run.load.source
	t.day.run.load.ledger.read(nickOf(t.number), src.home(t.number), line)
	if id, known := src.identify(line); known {
		t.day.times.add(time.Since(t.day.due(id)))
	}
}

// answered records the answer to what has waited for it the longest.
func (t *talker) answered(line proto.Line) {
	select {
	case p := <-t.unanswered:
		if p.id != (postID{}) && line.Type == proto.OK {
			t.day.run.load.ledger.acknowledge(p, line.Seq)
		}
		t.day.pending.Add(-1)
	default:
		t.fault(broken, "was answered %s %s without having asked", line.Type, line.Verb)
	}
}

func (t *talker) fault(k kind, format string, args ...any) {
	t.day.run.load.ledger.fault(k, "%s "+format, append([]any{nickOf(t.number)}, args...)...)
}

// Delivery times may be added by several goroutines.
type deliveryTimes struct {
	mu  sync.Mutex
	all []time.Duration // from when a post was due until a talker read it
}

func (d *deliveryTimes) add(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, took)
}

// take returns the 99th percentile of the times that were added since the last call, and how
// many these are.
func (d *deliveryTimes) take() (p99 time.Duration, count int) {
	d.mu.Lock()
	all := d.all
	d.all = nil
	d.mu.Unlock()
	return percentile99(all), len(all)
}
