package jetstream

import (
	"crypto/rand"
	"time"

	"linechat/chatd/internal/backplane"
)

// beatEvery is the time between two heartbeats of a machine.
const beatEvery = time.Second

// compareTimeout is how long Open waits for the heartbeats of the other machines, to compare
// the copies. One that is gone has none.
const compareTimeout = 2500 * time.Millisecond

// progress has the machine take part once it is level with the log, and lets Open return once
// the copies are compared.
func (l *Log) progress(now time.Time) {
	if l.stopped != nil || !l.in.level() || l.in.next != l.state.Applied()+1 {
		return
	}
	if l.out.epoch == 0 && !l.stopping {
		l.begin()
	}
	if l.levelAt.IsZero() {
		l.levelAt = now
	}
	compared := l.peers.compared(l.state.Epochs(), l.out.epoch) || now.Sub(l.levelAt) >= compareTimeout
	if !l.catching || !compared || l.state.Settings().Chat != l.cluster.chat {
		return
	}
	if l.vote(now); l.voted != open && l.stopped == nil { // with what was compared just now
		l.settleReady(nil)
	}
}

// settleReady tells Open what came of catching up.
func (l *Log) settleReady(err error) {
	if l.catching {
		l.catching = false
		l.originKey = l.state.Settings().OriginKey
		l.ready <- err
	}
}

// begin begins an epoch. What was submitted in one that has ended is void.
func (l *Log) begin() {
	l.out.abandon(backplane.ErrCutOff)
	l.out.begin(newEpoch())
	if wants := l.settings(l.state.Settings()); wants != l.state.Settings() {
		l.out.queue = append(l.out.queue, newSubmission(&wants, nil))
	}
	l.log.Info("taking part in the chat", "epoch", l.out.epoch)
	if l.fenced {
		l.announce()
	}
}

// announce tells the hub which epoch it is, and has the other machines ask by it.
func (l *Log) announce() {
	l.fenced = false
	l.listen()
	l.to.Fenced(l.out.epoch)
}

// settings are those that this machine wants the chat to have.
func (l *Log) settings(has backplane.Settings) backplane.Settings {
	if has.Chat != l.cluster.chat {
		has = backplane.Settings{Chat: l.cluster.chat}
		rand.Read(has.OriginKey[:]) // never fails
	}
	if l.options.Limits != (backplane.Limits{}) {
		has.Limits = l.options.Limits
	}
	return has
}

// fence ends this machine's epoch, as the others have.
func (l *Log) fence() {
	l.log.Warn("the other machines have taken this one for gone", "epoch", l.out.epoch)
	l.out.abandon(backplane.ErrCutOff)
	l.fenced = true
}

// start begins to deliver, from where the log is. Who is elsewhere comes first.
func (l *Log) start(d backplane.Deliverer) {
	l.to = d
	l.answering.Go(func() { l.answer(d) }) // until end, which waits for it
	if l.fenced = l.out.epoch == 0; !l.fenced {
		l.announce()
	}
	l.deliver(l.state.Present())
}
