package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane"
)

// askTimeout is how long a machine has for its answer.
const askTimeout = 2 * time.Second

// The subjects that machines ask one another on: one of each, and the one for whoever has a
// copy to give.
const (
	askPrefix   = "ask."  // and an epoch: a backplane.Question
	copyPrefix  = "copy." // and an epoch: a chunkRequest
	copySubject = "copy"  // who has a copy to give
)

func subject(prefix string, epoch uint64) string { return prefix + strconv.FormatUint(epoch, 10) }

// Ask implements backplane.Log.
func (l *Log) Ask(ctx context.Context, epoch uint64, q backplane.Question) (a backplane.Answer, err error) {
	data, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	m, err := l.cluster.conn.RequestWithContext(ctx, subject(askPrefix, epoch), data)
	if err != nil {
		return a, errors.Join(backplane.ErrNoMachine, err)
	}
	return a, json.Unmarshal(m.Data, &a)
}

// listen has the other machines ask this one, by the number of its epoch.
func (l *Log) listen() {
	l.hush()
	epoch := l.out.epoch
	l.subscribe(subject(askPrefix, epoch))
	if l.options.Snapshot != nil {
		l.subscribe(copySubject)
		l.subscribe(subject(copyPrefix, epoch))
	}
}

func (l *Log) subscribe(subject string) {
	sub, err := l.cluster.conn.ChanQueueSubscribe(subject, "chatd", l.questions)
	if err != nil {
		l.log.Error("other machines cannot ask this one", "subject", subject, "err", err)
		return
	}
	l.asked = append(l.asked, sub)
}

// hush has the machine be asked no more.
func (l *Log) hush() {
	for _, sub := range l.asked {
		_ = sub.Unsubscribe() // fails where there is no connection any more
	}
	l.asked = nil
}

// answer is the goroutine that answers what other machines ask, until the log is closed.
func (l *Log) answer(d backplane.Deliverer) {
	for {
		select {
		case m := <-l.questions:
			if err := l.reply(d, m); err != nil {
				l.log.Warn("another machine was not answered", "subject", m.Subject, "err", err)
			}
		case <-l.closing:
			return
		}
	}
}

// reply answers a question.
func (l *Log) reply(d backplane.Deliverer, m *nats.Msg) error {
	switch {
	case m.Subject == copySubject:
		return m.Respond([]byte(strconv.FormatUint(l.Figures().Epoch, 10)))
	case strings.HasPrefix(m.Subject, copyPrefix):
		return l.snapshots.reply(m)
	}
	var q backplane.Question
	if err := json.Unmarshal(m.Data, &q); err != nil {
		return err
	}
	data, err := json.Marshal(d.Answer(q))
	if err != nil {
		return err
	}
	return m.Respond(data)
}
