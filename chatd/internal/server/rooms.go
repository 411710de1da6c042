package server

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// Limits of protocol.md, "Limits".
const (
	maxListed = 200
	maxTopic  = 400
	maxJoined = 200
)

// seat returns the session's membership of the room of that fold, or nil.
func (s *session) seat(fold string) *hub.Member {
	for _, m := range s.joined {
		if m.Room().Name().Fold == fold {
			return m
		}
	}
	return nil
}

// A handle is the room that a command acts on. One that is not among the
// session's own comes with a handle of the hub's, which close gives back.
type handle struct {
	*hub.Room
	borrowed bool
}

func (h handle) close() {
	if h.borrowed {
		h.Release()
	}
}

// open returns the room that a command acts on.
func (s *session) open(c *proto.Command) (handle, error) {
	if c.Room == "" {
		return handle{Room: s.current.Room()}, nil
	}
	name, err := proto.ParseRoom(c.Room)
	if err != nil {
		return handle{}, err
	}
	if m := s.seat(name.Fold); m != nil {
		return handle{Room: m.Room()}, nil
	}
	room, err := s.server.hub.Open(s.ctx, s, name.Fold)
	return handle{room, true}, err
}

func (s *session) rooms(c *proto.Command) error {
	prefix, after, err := parseRooms(c.Words)
	if err != nil {
		return err
	}
	list, all, err := s.server.hub.Listings(s.ctx, prefix, after, maxListed)
	if err != nil {
		return err
	}
	for _, l := range list {
		s.say(&proto.Line{Type: proto.ROOM, Room: l.Name.Shown, Members: l.Members, Text: l.Topic})
	}
	return s.ok(proto.Line{Verb: "ROOMS", Shown: uint64(len(list)), All: uint64(all)})
}

// parseRooms reads [prefix] [AFTER name], and folds both.
func parseRooms(words []string) (prefix, after string, err error) {
	if n := len(words); n >= 2 && strings.EqualFold(words[n-2], "AFTER") {
		name, err := proto.ParseRoom(words[n-1])
		if err != nil {
			return "", "", err
		}
		after, words = name.Fold, words[:n-2]
	}
	switch len(words) {
	case 0:
		return "", after, nil
	case 1:
		name, err := proto.ParseRoom(words[0])
		return name.Fold, after, err
	}
	return "", "", &proto.Error{Code: proto.BadArguments, Text: "ROOMS takes a prefix and a name to go on after: ROOMS [prefix] [AFTER name]"}
}

func (s *session) create(c *proto.Command) error {
	name, err := proto.ParseRoom(c.Words[0])
	if err != nil {
		return err
	}
	topic, err := parseTopic(c.Text)
	if err != nil {
		return err
	}
	if err := s.within(&s.pace.create, createBurst, createEvery, "new rooms"); err != nil {
		return err
	}
	if err := s.server.hub.Create(s.ctx, s, name, topic, s.nick.Shown); err != nil {
		return err
	}
	s.pace.create.spend()
	return s.ok(proto.Line{Verb: "CREATE", Room: name.Shown})
}

// parseTopic reads a topic; a single - is none.
func parseTopic(text string) (string, error) {
	text = strings.Clone(strings.TrimSpace(text)) // it outlives its line
	if len(text) > maxTopic {
		return "", &proto.Error{Code: proto.TooLong, Limit: maxTopic, Text: fmt.Sprintf("a topic has at most %d bytes, this one %d", maxTopic, len(text))}
	}
	if text == "-" {
		return "", nil
	}
	return text, nil
}

// join carries out JOIN. What it brings back ends where the membership begins.
func (s *session) join(c *proto.Command) error {
	name, err := proto.ParseRoom(c.Words[0])
	if err != nil {
		return err
	}
	back, err := parseReplay(c.Words[1:])
	if err != nil {
		return err
	}
	if m := s.seat(name.Fold); m != nil {
		return s.rejoin(m, back)
	}
	if len(s.joined) >= maxJoined {
		return &proto.Error{Code: proto.TooManyRooms, Limit: maxJoined, Text: fmt.Sprintf("a session is in at most %d rooms; LEAVE one first", maxJoined)}
	}
	room, err := s.server.hub.Open(s.ctx, s, name.Fold)
	if err != nil {
		return err
	}
	return s.enter(room, back)
}

// rejoin makes a room current that the session is in.
func (s *session) rejoin(m *hub.Member, back replay) error {
	room := m.Room()
	head := room.Head()
	if err := back.check(room, head); err != nil {
		return err
	}
	s.sayTopic(room)
	if err := s.bringBack(room, back, head); err != nil {
		return err
	}
	s.moveInto(m)
	return s.ok(proto.Line{Verb: "JOIN", Room: room.Name().Shown, Members: room.Members(), Seq: head})
}

// enter joins a room that the session is not in. It takes the handle over.
func (s *session) enter(room *hub.Room, back replay) error {
	if err := back.check(room, room.Head()); err != nil {
		room.Release()
		return err
	}
	m := hub.NewMember(room, s.id, s.nick.Shown, s.flusher)
	head, members := m.Join(s)
	s.joined = append(s.joined, m)
	s.sayTopic(room)
	if err := s.bringBack(room, back, head); err != nil {
		s.depart(m)
		room.Release()
		return err
	}
	s.moveInto(m)
	s.say(&proto.Line{Type: proto.OK, Verb: "JOIN", Room: room.Name().Shown, Members: members, Seq: head})
	s.push(item{after: func() { s.out.members = append(s.out.members, m) }})
	return nil
}

// moveInto makes m's room the current one, and the one joined last.
func (s *session) moveInto(m *hub.Member) {
	i := slices.Index(s.joined, m)
	s.joined = append(slices.Delete(s.joined, i, i+1), m)
	s.current = m
}

// depart ends a membership. The writer, if it has the member, writes what there
// was up to here.
func (s *session) depart(m *hub.Member) {
	m.Leave(s, "leave")
	i := slices.Index(s.joined, m)
	s.joined = slices.Delete(s.joined, i, i+1)
}

// part carries out LEAVE.
func (s *session) part(c *proto.Command) error {
	m := s.current
	if len(c.Words) > 0 {
		name, err := proto.ParseRoom(c.Words[0])
		if err != nil {
			return err
		}
		if m = s.seat(name.Fold); m == nil {
			return &proto.Error{Code: proto.NotInRoom, Text: fmt.Sprintf("you are not in room %s; WHOAMI names your current room", name.Shown)}
		}
	}
	if m == nil {
		return noRoom
	}
	s.depart(m)
	if m == s.current {
		s.current = nil
		if n := len(s.joined); n > 0 {
			s.current = s.joined[n-1]
		}
	}
	line := proto.Line{Type: proto.OK, Verb: "LEAVE", Room: m.Room().Name().Shown}
	if s.current != nil {
		line.Current = s.current.Room().Name().Shown
	}
	s.say(&line)
	s.push(item{after: func() {
		s.out.members = slices.DeleteFunc(s.out.members, func(other *hub.Member) bool { return other == m })
		m.Room().Release()
	}})
	return nil
}

func (s *session) who(c *proto.Command) error {
	room, err := s.open(c)
	if err != nil {
		return err
	}
	defer room.close()
	nicks := room.Who()
	for _, nick := range nicks {
		s.say(&proto.Line{Type: proto.USER, Room: room.Name().Shown, Nick: nick, Role: proto.Guest.String()})
	}
	return s.ok(proto.Line{Verb: "WHO", Room: room.Name().Shown, Members: uint64(len(nicks))})
}

func (s *session) topic(c *proto.Command) error {
	room, err := s.open(c)
	if err != nil {
		return err
	}
	defer room.close()
	if strings.TrimSpace(c.Text) == "" {
		s.sayTopic(room.Room)
		return s.ok(proto.Line{Verb: "TOPIC", Room: room.Name().Shown})
	}
	text, err := parseTopic(c.Text)
	if err != nil {
		return err
	}
	if err := room.SetTopic(s.ctx, s.id, hub.Topic{Text: text, By: s.nick.Shown}); err != nil {
		return err
	}
	return s.ok(proto.Line{Verb: "TOPIC", Room: room.Name().Shown})
}

func (s *session) sayTopic(room *hub.Room) {
	if t := room.Topic(); t.Text != "" {
		s.say(&proto.Line{Type: proto.TOPIC, Room: room.Name().Shown, Nick: t.By, Text: t.Text})
	}
}
