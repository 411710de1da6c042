// Package linearizable has clients use a chat that is on several machines, records what they
// were answered, and checks that there is one order of all commands that explains it: that it
// is linearizable, but for what protocol.md says of a copy that is behind.
//
// The objects are rooms, each a list of posts with ONCE keys, and nicks, each held by at most
// one session.
package linearizable

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// A verb is what a command does to its object.
type verb byte

const (
	post    verb = iota // POST to a room
	read                // JOIN of a room with AFTER
	show                // a machine has a post that it has acknowledged, at the latest then
	claim               // NICK
	release             // the session gives a nick up: it takes another one, or ends
	regain              // its machine, back from being gone, takes its nick again, unless somebody else has it
)

// A command is what a client asks for.
type command struct {
	verb    verb
	object  string // the room, or the nick
	machine int    // where the client is
	session int    // which session it is, from 1

	text  string // of a post; each is another, but for repeats with a key
	key   string // of ONCE, or of the nick
	after uint64 // what the reader has
}

// An answer is what the client was told.
type answer struct {
	unknown bool   // whether it was done, or will be
	taken   bool   // the nick is another session's
	refused bool   // nothing was done, for the machine is cut off: no more is known of the object
	instead int64  // when the nick had been given up because another session has its key; 0: it is not
	seq     uint64 // of the post, or the room's last
	posts   []numbered
}

// A numbered is a post that was read.
type numbered struct {
	seq  uint64
	text string
}

// A History is what all clients did. The zero value is empty. Any goroutine may use it.
type History struct {
	mu         sync.Mutex
	now        int64 // counts calls and returns, for their order is all that matters
	operations []porcupine.Operation
}

// call returns the time at which a command begins.
func (h *History) call() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now++
	return h.now
}

// add adds a command that was begun at a time. It may take effect until it is answered; one
// whose outcome is unknown, and a release, at any time after.
func (h *History) add(client int, called int64, c command, a answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now++
	until := h.now
	if a.unknown {
		until = math.MaxInt64
	}
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Call: called, Input: c, Output: a, Return: until})
}

// put adds a command that has taken effect between two times.
func (h *History) put(client int, called, until int64, c command, a answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Call: called, Input: c, Output: a, Return: until})
}

// Len returns how many commands there are.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.operations)
}

// Check returns an error if no order explains what became of a room or a nick, or if none is
// found in that time. In the end each room must have been read to its end: posts whose outcome
// is unknown, and that nobody has read, are not there.
func (h *History) Check(within time.Duration) error {
	var faults []error
	for _, part := range byObject(h.decided()) {
		object := part[0].Input.(command).object
		switch porcupine.CheckOperationsTimeout(model, part, within) {
		case porcupine.Illegal:
			faults = append(faults, fmt.Errorf("%s: no order of %d commands explains their answers", object, len(part)))
		case porcupine.Unknown:
			faults = append(faults, fmt.Errorf("%s: whether an order of %d commands explains their answers was not found out within %v", object, len(part), within))
		}
	}
	return errors.Join(faults...)
}

// decided returns the commands with the numbers of posts whose outcome was unknown, and
// without those that have none: else the checker would try them everywhere. A nick that a
// machine refuses while another of its sessions claims it says nothing: whether that one gets
// it is not decided yet. A session that is replaced has not given its nick up, unless a third
// one was faster, or the one with its key was refused at a machine that was cut off.
func (h *History) decided() (all []porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	numbers := h.numbers()
	for _, op := range h.operations {
		c, a := op.Input.(command), op.Output.(answer)
		if c.verb == post && a.unknown {
			seq, read := numbers[c.text]
			if !read {
				continue
			}
			op.Output = answer{seq: seq}
		}
		if a.refused || a.taken && h.contended(op) || a.instead != 0 && !h.missed(op) {
			continue
		}
		all = append(all, op)
	}
	return all
}

// contended reports whether another session claimed the nick of a claim at the same machine
// while it was under way.
func (h *History) contended(claimed porcupine.Operation) bool {
	c := claimed.Input.(command)
	return slices.ContainsFunc(h.operations, func(op porcupine.Operation) bool {
		o := op.Input.(command)
		return o.verb == claim && o.object == c.object && o.machine == c.machine && o.session != c.session && op.Call < claimed.Return && claimed.Call < op.Return
	})
}

// missed reports whether the nick of a replaced session may have been missed by the one with its
// key, which claimed it at the same machine before that session had ended.
func (h *History) missed(given porcupine.Operation) bool {
	c, ended := given.Input.(command), given.Output.(answer).instead
	return slices.ContainsFunc(h.operations, func(op porcupine.Operation) bool {
		o, a := op.Input.(command), op.Output.(answer)
		return o.verb == claim && o.object == c.object && o.machine == c.machine && o.session != c.session && o.key != "" && (a.taken || a.unknown || a.refused) && op.Return > given.Call && op.Call < ended
	})
}

// numbers returns the numbers of posts by their texts.
func (h *History) numbers() map[string]uint64 {
	numbers := map[string]uint64{}
	for _, op := range h.operations {
		c, a := op.Input.(command), op.Output.(answer)
		if c.verb == post && !a.unknown {
			numbers[c.text] = a.seq
		}
		for _, p := range a.posts {
			numbers[p.text] = p.seq
		}
	}
	return numbers
}

// Draw writes a page of HTML that shows the history, and how far an order of it goes.
func (h *History) Draw(w io.Writer, within time.Duration) error {
	_, found := porcupine.CheckOperationsVerbose(model, h.decided(), within)
	return porcupine.Visualize(model, found, w)
}
