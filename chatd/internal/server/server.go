package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/repeats"
	"linechat/chatd/proto"
)

// Config is what a Server needs to know. Its fields have no defaults.
type Config struct {
	Log            *slog.Logger
	Origins        *origin.Table // nil: they have no limits
	Repeats        *repeats.Log  // sums up the ends and refusals of one origin; nil: it does not
	MaxLine        int           // bytes of a line from a client, without its end
	MaxConnections int
	MaxRooms       int // for the text of a refusal; the hub keeps the limit
	MaxMembers     int // likewise
	MaxPerAddress  int // connections, for LIMITS; the listener keeps the limit; 0: there is none
	Rate           int // lines a second and session; 0: no rate of any kind
	Accounts       *account.Accounts
	Guests         bool                   // who is not logged in may do more than log in
	Register       bool                   // guests may register their nicks
	Stats          func() ([]Stat, error) // what STATS shows; nil: nothing
	Meter          Meter                  // nil: nobody is told
	Short          func() bool            // whether memory is short; nil: never
}

// A Server serves sessions on any number of listeners.
type Server struct {
	config   Config
	hub      *hub.Hub
	motd     atomic.Pointer[[]string]
	ids      atomic.Uint64
	started  time.Time
	secret   [sha256.Size]byte // of numbers that stand for origins
	loop     netpoll.Loop
	scanners conn.Scanners
	output   conn.Config
	handlers map[string]handler // by verb
	slowed   atomic.Int64       // sessions whose input waits for its rates
	reads    *origin.Turns      // of what looks through many posts, rooms or members
	searches *origin.Turns      // beside them, for they take longer
	ctx      context.Context    // ends when sessions are cut off
	cutOff   context.CancelFunc

	mu        sync.Mutex
	listeners []net.Listener
	sessions  map[uint64]*session // by id
	silent    silentGuests
	ended     Traffic // of sessions that have ended
	stopping  bool
	wg        sync.WaitGroup // sessions, and refusals of further ones
	refusals  atomic.Int32   // newcomers that are being told that there are too many, and guests that give way
}

// New returns a Server on h, in which the nicks of accounts are reserved. It fails with the
// error of the store of accounts.
func New(ctx context.Context, h *hub.Hub, config Config) (*Server, error) {
	if err := config.Accounts.Names(ctx, h.Users.Reserve); err != nil {
		return nil, err
	}
	config.Origins = cmp.Or(config.Origins, origin.NewTable(origin.Limits{}, nil))
	config.Meter = cmp.Or(config.Meter, Meter(noMeter{}))
	srv := &Server{config: config, hub: h, sessions: map[uint64]*session{}, handlers: newHandlers(), started: time.Now(), secret: h.OriginKey()}
	srv.ctx, srv.cutOff = context.WithCancel(context.Background())
	srv.output = conn.Config{Store: srv.ctx, Log: config.Log, Short: config.Short}
	srv.SetMOTD(nil)
	srv.shareOut()
	return srv, nil
}

// SetMOTD sets the lines that a new session is greeted with. It may be called
// at any time.
func (srv *Server) SetMOTD(lines []string) {
	clean := make([]string, len(lines))
	for i, line := range lines {
		clean[i] = proto.Clean(line)
	}
	srv.motd.Store(&clean)
}

// ErrStopped: the server has been shut down.
var ErrStopped = errors.New("server: stopped")

// How long Serve waits before it accepts again where it could not: at first,
// and at most.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// Serve accepts connections from l until Shutdown, and then returns ErrStopped;
// it closes l. Where accepting fails for want of descriptors or memory it waits
// and goes on, and so ends nobody.
func (srv *Server) Serve(l net.Listener) error {
	if !srv.listen(l) {
		_ = l.Close()
		return ErrStopped
	}
	pause := minAcceptPause
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			pause = minAcceptPause
			srv.admit(c)
		case srv.stopped():
			return ErrStopped
		case listener.Passes(err):
			srv.config.Log.Warn("accepting waits", "listener", l.Addr().String(), "err", err, "for_ms", pause.Milliseconds())
			sleep(srv.ctx, pause)
			pause = min(2*pause, maxAcceptPause)
		default:
			_ = l.Close()
			return err
		}
	}
}

func (srv *Server) listen(l net.Listener) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if !srv.stopping {
		srv.listeners = append(srv.listeners, l)
	}
	return !srv.stopping
}

func (srv *Server) stopped() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.stopping
}

// admit begins a session on c. It is tracked before that, so that Shutdown misses
// none.
func (srv *Server) admit(c net.Conn) {
	srv.mu.Lock()
	if srv.stopping {
		srv.mu.Unlock()
		_ = c.Close()
		return
	}
	srv.wg.Add(1)
	var former *session
	if len(srv.sessions) >= srv.config.MaxConnections && listener.IdentityOf(c).Door != listener.DoorAdmin {
		if former = srv.makeRoom(); former == nil {
			srv.mu.Unlock()
			srv.refuse(c)
			return
		}
	}
	s := newSession(srv, c)
	srv.sessions[s.id] = s
	srv.mu.Unlock()
	if former != nil {
		former.end(gaveWay)
	}
	if id := s.identity(); identified(id) || id.User != "" && srv.hub.Shared() {
		go s.start() // which waits for the store, or for other machines; Shutdown waits for the session
		return
	}
	s.start()
}

// forget is called when a session has ended.
func (srv *Server) forget(s *session) {
	srv.mu.Lock()
	delete(srv.sessions, s.id)
	srv.ended.add(s)
	srv.silent.remove(s)
	if s.givesWay {
		srv.refusals.Add(-1)
	}
	srv.mu.Unlock()
	s.payer.Release()
	srv.wg.Done()
}

// MaxRefusals is how many connections beyond MaxConnections there may be: newcomers that
// are told so, and waited for until they have read it, and guests that give way to newcomers
// and have not ended yet.
const MaxRefusals = 16

// refuse tells a newcomer that there are too many, and closes c. Shutdown waits for that.
// If many are being told, this one is not waited for.
func (srv *Server) refuse(nc net.Conn) {
	srv.logRefusal(nc)
	c := srv.loop.NewConn(nc)
	line := proto.Line{Type: proto.BYE, Code: proto.Code(tooMany.code), Text: tooMany.text}
	form := proto.Text
	if listener.IdentityOf(nc).Terminal {
		form = proto.People
	}
	bye := [][]byte{line.Append(nil, form)}
	if srv.refusals.Add(1) > MaxRefusals {
		_, _ = c.TryWrite(bye)
		_ = c.Close()
		srv.refused()
		return
	}
	go func() {
		defer srv.refused()
		_ = c.SetWriteDeadline(time.Now().Add(netpoll.LingerTimeout))
		if _, err := c.WriteSome(bye); err != nil {
			_ = c.Close()
			return
		}
		c.CloseLingering(func() {})
	}()
}

func (srv *Server) refused() {
	srv.refusals.Add(-1)
	srv.wg.Done()
}

// ErrHung: sessions have not ended though they were cut off, because the store does not
// answer them.
var ErrHung = errors.New("server: sessions wait for the store")

// cutOffTimeout is how long Shutdown waits for the ends of sessions that it has cut off.
const cutOffTimeout = 300 * time.Millisecond

// Shutdown stops the server: it takes no new connections, has each session
// finish what it has accepted and say BYE, and waits for their ends. When ctx
// ends first, it cuts off the sessions that are left, and returns ctx's error when they
// have ended, or ErrHung after 300 ms: then some still use the hub. It may be called
// again.
func (srv *Server) Shutdown(ctx context.Context) error {
	for _, l := range srv.stop() {
		_ = l.Close()
	}
	for _, s := range srv.open() {
		s.end(shutdown)
	}
	ended := make(chan struct{})
	go func() { // waited for, unless the store hangs
		srv.wg.Wait()
		srv.loop.Close()
		close(ended)
	}()
	select {
	case <-ended:
		srv.cutOff()
		return nil
	case <-ctx.Done():
	}
	srv.cutOff()
	for _, s := range srv.open() {
		s.conn.Abort()
	}
	select {
	case <-ended:
		return ctx.Err()
	case <-time.After(cutOffTimeout):
		return ErrHung
	}
}

// stop has no further session admitted, and returns the listeners to be closed.
func (srv *Server) stop() []net.Listener {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	listeners := srv.listeners
	srv.stopping, srv.listeners = true, nil
	return listeners
}

// open returns the sessions that have not ended.
func (srv *Server) open() []*session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return slices.Collect(maps.Values(srv.sessions))
}
