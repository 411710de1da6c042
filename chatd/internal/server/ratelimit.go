package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/time/rate"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// Rates of protocol.md, "Who pays".
const (
	burstLines     = 1000        // lines that a session may send at once
	bytesAsLine    = 1024        // bytes of input without a line's end that count as a line
	commandsAsLine = 16          // telnet commands that count as a line
	noticeEvery    = time.Minute // how often a session is told that it is slowed down
)

// A limit is the rate of a command that is refused when it comes too fast: so many at
// once, then one in every so long.
type limit struct {
	burst int
	every time.Duration
	what  string
}

var (
	createLimit = limit{10, 10 * time.Second, "new rooms"}
	nickLimit   = limit{10, 5 * time.Second, "changes of nick"}
	tellLimit   = limit{30, time.Second, "private lines"}
)

// A rateLimits is what a session has used of its rates. It and its limiters are made when
// they are first needed: an idle session has none.
type rateLimits struct {
	lines              *rate.Limiter
	noticed            time.Time // when the session was last told that it is slowed down
	create, nick, tell limiter
}

// used returns what the session has used of its rates.
func (s *session) used() *rateLimits {
	if s.limits == nil {
		s.limits = new(rateLimits)
	}
	return s.limits
}

// A limiter is what is used of one limit.
type limiter struct{ *rate.Limiter }

// take uses the limit up by one, when the command was done.
func (l limiter) take() {
	if l.Limiter != nil {
		l.Allow()
	}
}

// check reports whether l has one more left of its limit. It does not take it, for a
// command that is refused does not count. proto.RateLimited.
func (s *session) check(l *limiter, of limit) error {
	if s.server.config.Rate == 0 {
		return nil
	}
	if l.Limiter == nil {
		l.Limiter = rate.NewLimiter(rate.Every(of.every), of.burst)
	}
	return tooSoon(time.Duration((1-l.Tokens())*float64(of.every)), of)
}

// payFor does something that the session's origin has a limit of, unless that is used up.
// proto.RateLimited, or the error of what is done, which then does not count.
func (s *session) payFor(kind origin.Kind, what string, do func() error) (err error) {
	if wait := s.payer.Begin(kind); wait > 0 {
		return tooSoon(wait, s.limitOf(kind, what))
	}
	payer := s.payer
	defer func() { payer.End(kind, err == nil) }()
	err = do()
	var elsewhere *backplane.WaitError
	if errors.As(err, &elsewhere) {
		return &proto.Error{Code: proto.RateLimited, Wait: elsewhere.Wait,
			Text: fmt.Sprintf("too many %s from your address, at this server and the others of this chat; wait %s", what, inWords(elsewhere.Wait))}
	}
	return err
}

// limitOf returns a limit of the session's origin.
func (s *session) limitOf(kind origin.Kind, what string) limit {
	of, _, _ := s.payer.Left(kind)
	return limit{of.Burst, time.Duration(float64(time.Second) / of.PerSecond), what + " from your address"}
}

// tooSoon refuses what has to wait; a wait that is not above 0 is none.
func tooSoon(wait time.Duration, of limit) error {
	if wait <= 0 {
		return nil
	}
	wait = wait.Truncate(time.Millisecond) + time.Millisecond
	return &proto.Error{Code: proto.RateLimited, Limit: uint64(of.burst), Wait: wait,
		Text: fmt.Sprintf("too many %s: %d at once, and then one every %s; wait %s", of.what, of.burst, inWords(of.every), inWords(wait))}
}

// inWords says how long a wait is.
func inWords(wait time.Duration) string {
	if wait < 2*time.Minute {
		return fmt.Sprintf("%.1f seconds", wait.Seconds())
	}
	return fmt.Sprintf("%.0f minutes", wait.Minutes())
}

// throttle waits until the rates of the session and of its origin let n more lines in.
func (s *session) throttle(n int) {
	if n <= 0 {
		return
	}
	perSecond := s.server.config.Rate
	if perSecond == 0 {
		return
	}
	used := s.used()
	if used.lines == nil {
		used.lines = rate.NewLimiter(rate.Limit(perSecond), max(burstLines, perSecond))
	}
	now := time.Now()
	wait := used.lines.ReserveN(now, min(n, used.lines.Burst())).DelayFrom(now)
	if all := s.payer.Reserve(origin.Lines, n); all > wait {
		s.slowDown(all, fmt.Sprintf("your address sends more than %d lines per second", s.payer.PerSecond(origin.Lines)))
	} else if wait > 0 {
		s.slowDown(wait, fmt.Sprintf("you send more than %d lines per second", perSecond))
	}
}

// postBytes is what a post counts as beside its text: about what the store adds to it.
const postBytes = 64

// deliveryBytes is how many bytes of a post's text count as one delivery to each member.
const deliveryBytes = 1024

// throttlePost waits until the limits of the session's origin let a post, or a topic, of that text
// into the room. It fails where the session ends meanwhile, and then costs nothing: what it took
// would be owed by the others of its address.
func (s *session) throttlePost(room *hub.Room, text string) error {
	costs := [...]struct {
		kind origin.Kind
		n    int
	}{
		{origin.Bytes, len(text) + postBytes},
		{origin.DayBytes, len(text) + postBytes},
		{origin.Deliveries, room.Connections() * (1 + len(text)/deliveryBytes)},
	}
	var wait time.Duration
	var beyond origin.Kind
	for _, c := range costs {
		if w := s.payer.Reserve(c.kind, c.n); w > wait {
			wait, beyond = w, c.kind
		}
	}
	if wait == 0 {
		return nil
	}
	s.slowDown(wait, s.tooMuchPosted(beyond))
	err := s.ctx.Err()
	if err != nil {
		for _, c := range costs {
			s.payer.GiveBack(c.kind, c.n)
		}
	}
	return err
}

// tooMuchPosted says which limit the posts of the session's origin are beyond.
func (s *session) tooMuchPosted(kind origin.Kind) string {
	switch kind {
	case origin.DayBytes:
		of, _, _ := s.payer.Left(kind)
		return fmt.Sprintf("your address has posted the %s that it may in a day", inBytes(of.Burst))
	case origin.Deliveries:
		return fmt.Sprintf("the posts of your address cause more than %d deliveries a second: for each connection in the room one, and one more for each full 1,024 bytes of text", s.payer.PerSecond(kind))
	}
	return fmt.Sprintf("your address posts more than %s a second", inBytes(s.payer.PerSecond(kind)))
}

// inBytes says how many bytes those are, with the unit that makes the number short.
func inBytes(n int) string {
	if n%1024 == 0 {
		return humanize.IBytes(uint64(n))
	}
	return humanize.Bytes(uint64(n))
}

// slowDown waits, and says why, at most once a minute.
func (s *session) slowDown(wait time.Duration, why string) {
	if now, used := time.Now(), s.used(); now.Sub(used.noticed) >= noticeEvery {
		used.noticed = now
		s.out.Notice(why + "; nothing is lost, but the server reads your lines more slowly")
	}
	s.server.config.Meter.InputSlowed()
	s.writer.Wake()
	s.Block()
	s.server.slowed.Add(1)
	defer s.server.slowed.Add(-1)
	sleep(s.ctx, wait)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
