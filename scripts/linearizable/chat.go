package linearizable

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// A Chat says whom clients talk to, and what they do.
type Chat struct {
	Machines []Dial   // at most 8
	Rooms    []string // which there are
	Nicks    []string // that are claimed; none: everybody is a guest
	Clients  int
	Commands int           // of each client; it ends earlier with ctx
	Pause    time.Duration // at most, before each command
	Seed     uint64
	// Epoch returns how often the others have taken a machine for gone: its people may have been
	// without their nicks then, unknown to them. An error says that it is not known now, or that
	// the machine does not have their nicks again yet. nil: they never do.
	Epoch func(ctx context.Context, machine int) (int, error)
}

// Dial connects to a machine, and reads its HELLO.
type Dial func(ctx context.Context) (*harness.Client, error)

// A Run is what came of clients using a Chat.
type Run struct {
	History History

	chat     *Chat
	mu       sync.Mutex
	sessions int
	known    map[string]uint64 // by room: the greatest number that a client was told
	refused  map[proto.Code]int
	pasts    []past // of which the epochs when they ended are not known yet
}

// Run has the clients use the chat, and returns when they have done so. Afterwards each machine
// has an epoch, and shows every room: an error says that it does not, within a minute.
func (c *Chat) Run(ctx context.Context) (*Run, error) {
	r := &Run{chat: c, known: map[string]uint64{}, refused: map[proto.Code]int{}}
	var clients sync.WaitGroup
	for i := range c.Clients {
		one := &client{run: r, number: i, rng: rand.New(rand.NewPCG(c.Seed, uint64(i)))}
		clients.Go(func() { one.work(ctx) })
	}
	clients.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for i := range c.Machines {
		err := r.readAll(ctx, i)
		for ; err != nil && ctx.Err() == nil; err = r.readAll(ctx, i) {
			wait(ctx, redialAfter)
		}
		if err != nil {
			return r, fmt.Errorf("reading all of machine %d: %w", i+1, err)
		}
	}
	return r, nil
}

// Refused returns how often each code was the answer, but for nicks that were taken.
func (r *Run) Refused() map[proto.Code]int { return r.refused }

// readAll reads every room at a machine, once it has all that the clients know of.
func (r *Run) readAll(ctx context.Context, machine int) error {
	one := &client{run: r, number: r.chat.Clients, machine: machine}
	if err := one.connect(ctx); err != nil {
		return err
	}
	defer func() { _ = one.conn.Close() }()
	if one.epoch == noEpoch {
		return errNoEpoch
	}
	for _, room := range r.chat.Rooms {
		for _, after := range []uint64{r.knows(room), 0} {
			code, err := one.read(room, after)
			if code != "" {
				err = &proto.Error{Code: code}
			}
			if err != nil {
				return fmt.Errorf("%s after %d: %w", room, after, err)
			}
		}
	}
	return nil
}

func (r *Run) newSession() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions++
	return r.sessions
}

// knows returns the greatest number of a room that a client was told.
func (r *Run) knows(room string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[room]
}

// learn notes a number of a room.
func (r *Run) learn(room string, seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[room] = max(r.known[room], seq)
}

// refuse notes that a command was refused.
func (r *Run) refuse(code proto.Code) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused[code]++
}
