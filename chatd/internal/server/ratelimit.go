package server

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"linechat/chatd/proto"
)

// Rates of protocol.md, "Slow readers".
const (
	burstLines  = 1000        // lines that a session may send at once
	bytesAsLine = 1024        // bytes of input without a line's end that count as a line
	noticeEvery = time.Minute // how often a session is told that it is slowed down
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

// A rateLimits is what a session has used of its rates. Limiters are made when they are
// first needed: an idle session has none.
type rateLimits struct {
	lines              *rate.Limiter
	noticed            time.Time // when the session was last told that it is slowed down
	create, nick, tell limiter
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
	missing := 1 - l.Tokens()
	if missing <= 0 {
		return nil
	}
	wait := time.Duration(missing*float64(of.every)).Truncate(time.Millisecond) + time.Millisecond
	return &proto.Error{Code: proto.RateLimited, Wait: wait, Text: fmt.Sprintf("too many %s; wait %.1f seconds", of.what, wait.Seconds())}
}

// throttle waits until the rate lets n more lines in.
func (s *session) throttle(n int) {
	perSecond := s.server.config.Rate
	if perSecond == 0 {
		return
	}
	if s.limits.lines == nil {
		s.limits.lines = rate.NewLimiter(rate.Limit(perSecond), max(burstLines, perSecond))
	}
	wait := s.limits.lines.ReserveN(time.Now(), n).Delay()
	if wait == 0 {
		return
	}
	if now := time.Now(); now.Sub(s.limits.noticed) >= noticeEvery {
		s.limits.noticed = now
		s.out.Notice(fmt.Sprintf("you send more than %d lines per second; nothing is lost, but the server reads your lines more slowly", perSecond))
	}
	s.writer.Wake()
	s.Block()
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
