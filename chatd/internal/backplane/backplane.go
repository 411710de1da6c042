// Package backplane is the log through which every durable change of a chat goes. A chat on
// one machine has the log of NewLocal, which calls the store. A chat on several has one that
// they share: each machine applies all of it, in the same order, to a store of its own.
package backplane

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/history"
)

// A Log orders changes and has the store keep them. Any goroutine may call any method.
type Log interface {
	// Submit starts to make a change, and calls done once it is made, refused or failed:
	// once, from any goroutine, perhaps before Submit returns. done must not wait; Submit of
	// Posts does not, of another change it may. The verdicts of a shared log, and what its
	// Deliverer is told, come in the order of the log. The log owns the change until done is
	// called.
	Submit(c Change, done func(Verdict))
	// Start has the log deliver to d, from the position that the store has reached.
	Start(d Deliverer) error
	// Shared reports whether other machines write to the log: then it decides what else the
	// hub decides by itself, and knows who is where.
	Shared() bool
	// OriginKey returns the key with which addresses become numbers in changes: that of the
	// whole chat, or of this process.
	OriginKey() [sha256.Size]byte
	// Health returns how the log does.
	Health() Health
	// Ask has the machine of an epoch answer a question. ErrNoMachine: it does not.
	Ask(ctx context.Context, epoch uint64, q Question) (Answer, error)
	// Close ends the log. No other call may be under way.
	Close() error
}

// A Deliverer learns what was applied. The log calls one method at a time, and none may wait.
// The machine's own changes, which have a verdict, are not delivered again, but for ReplaceHash,
// which is before its verdict: the sessions that the old hash has proved are not who submits it.
type Deliverer interface {
	// Deliver tells of the changes of one record. Whoever reads the store from then on finds
	// them there, or is told that they are not stored yet.
	Deliver(applied []Applied)
	// Ended tells that a machine is gone, with its sessions.
	Ended(epoch uint64)
	// Fenced tells which epoch this machine has from now on, in which nobody is anywhere: at
	// the start, and when the others have taken the machine for gone. The changes that follow
	// tell the log who is here.
	Fenced(epoch uint64)
	// HealthChanged tells how the log does now.
	HealthChanged(h Health)
	// Answer answers what another machine asks. Other methods may be called meanwhile.
	Answer(q Question) Answer
}

// A SessionID names a session of the whole chat. The zero value names none.
type SessionID struct {
	Epoch   uint64 // of one run of a machine, drawn at random
	Session uint64 // that the machine gave it
}

// An Applied is a change that was made, by a session of another machine or, where its verdict
// was history.ErrUnknown, of this one.
type Applied struct {
	Epoch  uint64
	Change Change
	// Replaced are the sessions that have lost their nick to this change, and are to end.
	Replaced []SessionID
}

// Health is how a log does. The zero value is well.
type Health struct {
	CutOff     bool          // no record comes through
	Behind     time.Duration // how old the newest record that is applied is, if others follow it; 0: none does
	Stopped    error         // the log is not applied any further, and this is why; nil: it is
	Unwritable error         // why what is applied cannot be stored here for now; nil: it can
	Position   uint64        // of the last record that is applied
}

// maxBehind is how old the newest applied record may be where this machine still takes changes.
const maxBehind = 5 * time.Second

// Err returns why the log takes no changes at the moment, or nil: ErrStopped,
// ErrUnwritable, ErrCutOff, ErrBehind.
func (h Health) Err() error {
	switch {
	case h.Stopped != nil:
		return ErrStopped
	case h.Unwritable != nil:
		return ErrUnwritable
	case h.CutOff:
		return ErrCutOff
	case h.Behind > maxBehind:
		return ErrBehind
	}
	return nil
}

// Errors of a Log.
var (
	// ErrNoMachine says that a machine does not answer.
	ErrNoMachine = errors.New("backplane: the machine does not answer")
	// ErrCutOff is a history.ErrFailed: this machine is cut off from the others.
	ErrCutOff = fmt.Errorf("%w: cut off from the other machines", history.ErrFailed)
	// ErrBehind is a history.ErrFailed: this machine has yet to apply what others have said.
	ErrBehind = fmt.Errorf("%w: behind the other machines", history.ErrFailed)
	// ErrStopped is a history.ErrFailed: this machine has stopped to apply the log.
	ErrStopped = fmt.Errorf("%w: it does not follow the log", history.ErrFailed)
	// ErrUnwritable is a history.ErrFailed: this machine cannot store what the log says, for now.
	ErrUnwritable = fmt.Errorf("%w: its copy of the log cannot be written", history.ErrFailed)
)

// A Question is what one machine asks another about its sessions. Its fields are encoded as JSON.
type Question struct {
	Verb    string // TELL, SESSIONS or END
	Session uint64 `json:",omitempty"` // whom it is about; 0: all
	Account string `json:",omitempty"` // with SESSIONS and END, whose sessions they are: an account's by its fold; "": anybody's
	From    string `json:",omitempty"` // with TELL, the sender's nick
	Text    string `json:",omitempty"` // with TELL
}

// An Answer is what a machine says to a Question.
type Answer struct {
	Refused string `json:",omitempty"` // the code of a refusal, as protocol.md has it; "": none
	Lines   []byte `json:",omitempty"` // with SESSIONS, JSON of the lines
}

// Do submits a change and waits for the verdict.
func Do(log Log, c Change) Verdict {
	verdict := make(chan Verdict, 1)
	log.Submit(c, func(v Verdict) { verdict <- v })
	return <-verdict
}
