package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/logtest"
)

// A deafLog gets no answer from some machines.
type deafLog struct {
	*logtest.Member
	silent map[uint64]bool // by epoch
}

func (l deafLog) Ask(ctx context.Context, epoch uint64, q backplane.Question) (backplane.Answer, error) {
	if l.silent[epoch] {
		<-ctx.Done()
		return backplane.Answer{}, backplane.ErrNoMachine
	}
	return l.Member.Ask(ctx, epoch, q)
}

// Machines are asked all at once, so that those that do not answer take no longer than one.
func TestMachinesAreAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chat logtest.Chat
		log := deafLog{chat.Join(), map[uint64]bool{}}
		a := newTestMachineOn(t, log.Member, log)
		defer a.stop(t)
		var servers []*testMachine
		for i := range 4 {
			m := newTestMachine(t, &chat)
			defer m.stop(t)
			servers = append(servers, m)
			log.silent[m.log.Epoch()] = i > 0
		}
		alice, bob := connect(t, a.Server), connect(t, a.Server)
		bob.do("NICK bob", "OK NICK bob")
		alice.do("NICK alice", "OK NICK alice")
		alice.do("REGISTER "+password, "OK REGISTER alice")
		settle()
		var others []*peer
		for i := range 8 {
			p := connect(t, servers[i/2].Server)
			p.do("LOGIN alice "+password, "OK LOGIN alice")
			others = append(others, p)
		}
		settle()
		took := func(p *peer, line, answer string, want time.Duration) (lines []string) {
			t.Helper()
			began := time.Now()
			lines = p.ask(line, answer)
			if since := time.Since(began); since != want {
				t.Errorf("%s took %v; want %v", line, since, want)
			}
			return lines
		}
		took(alice, "SESSIONS", "OK SESSIONS 3", askTimeout)
		took(bob, "TELL alice hi", "OK TELL alice", askTimeout)
		alice.want("TELL bob hi")
		others[0].want("TELL bob hi")
		others[1].want("TELL bob hi")
		alice.do("LOGOUT", "OK LOGOUT")
		clear(log.silent)
		settle()
		took(bob, "TELL alice again", "OK TELL alice", 0)
		others[7].want("TELL bob again")
	})
}
