package server

import (
	"strconv"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// listLimits carries out LIMITS.
func (s *session) listLimits(*proto.Command) error {
	for _, l := range []struct {
		name  string
		value int
	}{
		{"line-bytes", s.server.config.MaxLine}, {"paste-bytes", proto.MaxPasteBytes}, {"paste-lines", proto.MaxPasteLines},
		{"topic-bytes", maxTopic}, {"posts-under-way", conn.MaxPosts}, {"posts-brought-back", maxHistory}, {"search-words", maxSearchWords},
	} {
		s.writeLimit(l.name, l.value)
	}
	s.writeUsed("rooms-joined", maxJoined, maxJoined-len(s.rooms.joined), 0)
	if s.account != 0 {
		s.writeUsed("rooms-of-account", backplane.MaxAccountRooms, s.server.hub.RoomsLeft(s.account), 0)
	}
	if s.server.config.Rate > 0 {
		s.listRates()
	}
	s.listAddressLimits()
	return s.replyOK(proto.Line{Verb: "LIMITS"})
}

// listRates writes the rates of the session alone.
func (s *session) listRates() {
	used, perSecond := s.used(), s.server.config.Rate
	lines := limit{burst: max(burstLines, perSecond), every: time.Second / time.Duration(perSecond)}
	s.writeLimit("lines-per-second", perSecond)
	for _, r := range []struct {
		name string
		used limiter
		of   limit
	}{
		{"lines-at-once", limiter{used.lines}, lines}, {"creates-at-once", used.create, createLimit},
		{"nicks-at-once", used.nick, nickLimit}, {"tells-at-once", used.tell, tellLimit},
	} {
		left := float64(r.of.burst)
		if r.used.Limiter != nil {
			left = r.used.Tokens()
		}
		s.writeUsed(r.name, r.of.burst, max(0, int(left)), time.Duration((1-left)*float64(r.of.every)))
	}
}

// An addressLimit is a limit of an address, and the time that its rate is for. Where a name is
// "" there is no such line.
type addressLimit struct {
	kind        origin.Kind
	atOnce, per string
	time        time.Duration
	guests      bool // it is the address's, also for an account there
}

var addressLimits = []addressLimit{
	{origin.Connects, "address-connects-at-once", "address-connects-per-second", time.Second, true},
	{origin.Lines, "address-lines-at-once", "address-lines-per-second", time.Second, false},
	{origin.Bytes, "address-bytes-at-once", "address-bytes-per-second", time.Second, false},
	{origin.DayBytes, "address-bytes-per-day", "", 0, false},
	{origin.Deliveries, "address-deliveries-at-once", "address-deliveries-per-second", time.Second, false},
	{origin.Creates, "address-creates-at-once", "address-creates-per-hour", time.Hour, false},
	{origin.Registers, "address-registers-at-once", "address-registers-per-hour", time.Hour, true},
	{origin.Tells, "", "address-tells-to-one-per-minute", time.Minute, false},
}

// listAddressLimits writes the limits that the session shares with others of its address, or
// of its account there.
func (s *session) listAddressLimits() {
	address := s.server.config.Origins.Acquire(s.address())
	defer address.Release()
	if all := s.server.config.MaxPerAddress; all > 0 && !address.Exempt() {
		s.writeUsed("address-connections", all, max(0, all-address.Connections()), 0)
	}
	for _, l := range addressLimits {
		if l.guests {
			s.listAddressLimit(address, l)
		} else {
			s.listAddressLimit(s.payer, l)
		}
	}
}

func (s *session) listAddressLimit(o *origin.Origin, l addressLimit) {
	limit, left, limited := o.Left(l.kind)
	if !limited {
		return
	}
	if l.per != "" {
		s.writeLimit(l.per, int(limit.PerSecond*l.time.Seconds()+.5))
	}
	if l.atOnce != "" {
		s.writeUsed(l.atOnce, limit.Burst, left, o.Wait(l.kind))
	}
}

// writeLimit writes a limit of which nothing is used up.
func (s *session) writeLimit(name string, value int) {
	s.out.WriteLine(&proto.Line{Type: proto.LIMIT, Name: name, Value: strconv.Itoa(value)})
}

func (s *session) writeUsed(name string, value, left int, wait time.Duration) {
	line := proto.LimitLine(name, value, left, wait)
	s.out.WriteLine(&line)
}
