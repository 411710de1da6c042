package server

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
)

// A failingCopy stores nothing while there is an error to return.
type failingCopy struct {
	*sqlite.Copy
	err atomic.Pointer[error]
}

func (c *failingCopy) Apply(results []machine.Result) error {
	if err := c.err.Load(); err != nil {
		return *err
	}
	return c.Copy.Apply(results)
}

// followingServer returns a server that follows a log, and the copy that it does so with. Room go
// has one post, which is stored.
func followingServer(t *testing.T) (*peer, *failingCopy) {
	t.Helper()
	store, err := sqlite.Open(t.TempDir(), sqlite.Config{Shared: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	cluster, err := jetstream.Connect(ctx, jetstream.Config{URLs: natstest.Run(t, 1).URLs(), Replicas: 1, MaxBytes: 16 << 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	copy := &failingCopy{Copy: store.Copy()}
	log, err := cluster.Open(ctx, copy, jetstream.Options{Limits: backplane.Limits{MaxRooms: 100}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(ctx, store, log, hub.Config{MaxRooms: 100, MaxMembers: 50, Presence: 50, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(ctx, h, Config{
		Log: slog.New(slog.DiscardHandler), MaxLine: 1024, MaxConnections: 100, MaxRooms: 100, MaxMembers: 50,
		Accounts: account.New(backplane.Accounts(store, log)), Guests: true, Register: true,
	})
	if err == nil {
		err = h.Start(srv)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = srv.Shutdown(ctx)
		h.Close()
		_ = log.Close()
		cluster.Close()
		_ = store.Close()
	})
	p := connect(t, srv)
	p.replies("CREATE go", "OK CREATE go")
	p.replies("JOIN go", "OK JOIN go")
	p.replies("POST one", "OK POST go 1")
	p.replies("HISTORY", "OK HISTORY go 1 1")
	return p, copy
}

// replies fails unless the reply to a line begins with want.
func (p *peer) replies(line, want string) {
	p.t.Helper()
	if got := p.reply(line); !strings.HasPrefix(got, want) {
		p.t.Errorf("%s is answered %q, want %q", line, got, want)
	}
}

// untilReplies says a line until its reply begins with want.
func (p *peer) untilReplies(line, want string) {
	p.t.Helper()
	for got := p.reply(line); !strings.HasPrefix(got, want); got = p.reply(line) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-p.t.Context().Done():
			p.t.Fatalf("%s is answered %q, want %q", line, got, want)
		}
	}
}

// unsettled has a post be told that cannot be stored, and reads.
func (p *peer) unsettled() {
	p.t.Helper()
	p.replies("POST two", "OK POST go 2")
	p.replies("HISTORY 1 AFTER 1", "ERR HISTORY store the store cannot be read")
	p.replies("HISTORY 1 BEFORE 2", "OK HISTORY go 1 2")
	p.replies("JOIN elsewhere", "ERR JOIN store the store cannot be read")
	p.replies("LOGIN nobody "+password, "ERR LOGIN store the store cannot be read")
}

// TestReadingWhileNothingCanBeStored has storing what was told fail for a while.
func TestReadingWhileNothingCanBeStored(t *testing.T) {
	for _, err := range []error{history.ErrUnknown, history.ErrFull} {
		p, copy := followingServer(t)
		copy.err.Store(&err)
		p.unsettled()
		copy.err.Store(nil)
		p.untilReplies("HISTORY 1 AFTER 1", "OK HISTORY go 1 ")
		p.untilReplies("POST three", "OK POST go 3")
		p.replies("JOIN elsewhere", "ERR JOIN no-such-room")
		p.replies("LOGIN nobody "+password, "ERR LOGIN bad-login")
	}
}

// TestReadingAfterACopyDisagrees has a copy disagree with what was told.
func TestReadingAfterACopyDisagrees(t *testing.T) {
	p, copy := followingServer(t)
	err := error(machine.ErrDisagrees)
	copy.err.Store(&err)
	p.unsettled()
	copy.err.Store(nil)
	p.untilReplies("POST three", "ERR POST store this server no longer follows")
	p.replies("HISTORY 1 AFTER 1", "ERR HISTORY store")
	p.replies("HISTORY 1 BEFORE 2", "OK HISTORY go 1 2")
}
