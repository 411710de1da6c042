package server

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// Limits of protocol.md, "Limits".
const (
	maxListed = 200
	maxTopic  = 400
	maxJoined = 200
)

// A memberships is the rooms that a session is in.
type memberships struct {
	joined  []*hub.Member // in the order of joining
	current *hub.Member   // the one joined last; nil: none
}

// membership returns the one of the room of that fold, or nil.
func (ms *memberships) membership(fold string) *hub.Member {
	for _, m := range ms.joined {
		if m.Room().Name().Fold == fold {
			return m
		}
	}
	return nil
}

// setCurrent makes m's room the current one, and the one joined last.
func (ms *memberships) setCurrent(m *hub.Member) {
	ms.remove(m)
	ms.joined = append(ms.joined, m)
	ms.current = m
}

// remove removes m. If it was the current one, the one joined last of the others is.
func (ms *memberships) remove(m *hub.Member) {
	ms.joined = slices.DeleteFunc(ms.joined, func(other *hub.Member) bool { return other == m })
	if ms.current != m {
		return
	}
	ms.current = nil
	if n := len(ms.joined); n > 0 {
		ms.current = ms.joined[n-1]
	}
}

// A roomRef is the room that a command acts on. A room that the session is not in is owned,
// which close releases.
type roomRef struct {
	*hub.Room
	owned bool
}

func (r roomRef) close() {
	if r.owned {
		r.Release()
	}
}

// openRoom returns the room that a command acts on.
func (s *session) openRoom(c *proto.Command) (roomRef, error) {
	if c.Room == "" {
		return roomRef{Room: s.rooms.current.Room()}, nil
	}
	name, err := proto.ParseRoom(c.Room)
	if err != nil {
		return roomRef{}, err
	}
	if m := s.membership(name.Fold); m != nil {
		return roomRef{Room: m.Room()}, nil
	}
	room, err := s.server.hub.Open(s.ctx, s, name.Fold)
	return roomRef{room, true}, err
}

func (s *session) listRooms(c *proto.Command) error {
	prefix, after, err := parseRooms(c.Words)
	if err != nil {
		return err
	}
	var list []hub.Listing
	var all int
	err = s.inTurn(s.server.reads, func() (err error) {
		list, all, err = s.server.hub.Listings(s.ctx, prefix, after, maxListed)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range list {
		s.out.WriteLine(&proto.Line{Type: proto.ROOM, Room: l.Name.Shown, Members: l.Members, Text: l.Topic})
	}
	return s.replyOK(proto.Line{Verb: "ROOMS", Shown: uint64(len(list)), All: uint64(all)})
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
	return "", "", &proto.Error{Code: proto.BadArguments, Text: "ROOMS takes a prefix and the name to continue after: ROOMS [prefix] [AFTER name]"}
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
	if err := s.check(&s.used().create, createLimit); err != nil {
		return err
	}
	room := history.Room{Name: name, Topic: topic, Maker: s.nick.Shown, Owner: s.owner()}
	if err := s.payFor(origin.Creates, createLimit.what, func() error { return s.server.hub.Create(s, room, s.paying()) }); err != nil {
		return err
	}
	s.used().create.take()
	return s.replyOK(proto.Line{Verb: "CREATE", Room: name.Shown})
}

// owner is whom the rooms that the session makes count for.
func (s *session) owner() history.Owner {
	return history.Owner{Account: s.account, Guest: s.role == proto.Guest}
}

// parseTopic reads a topic; a single - is none.
func parseTopic(text string) (string, error) {
	text = strings.Clone(strings.TrimSpace(text)) // it outlives its line
	if len(text) > maxTopic {
		return "", &proto.Error{Code: proto.TooLong, Limit: maxTopic, Text: fmt.Sprintf("a topic may have at most %d bytes, and this one has %d", maxTopic, len(text))}
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
	from, err := parseResume(c.Words[1:])
	if err != nil {
		return err
	}
	if len(c.Words) == 1 && s.out.Form.IsPeople() {
		from.last = talkBacklog
	}
	if m := s.membership(name.Fold); m != nil {
		return s.rejoin(m, from)
	}
	if len(s.rooms.joined) >= maxJoined {
		return &proto.Error{Code: proto.TooManyRooms, Limit: maxJoined, Text: fmt.Sprintf("a session can be in %d rooms; LEAVE one first", maxJoined)}
	}
	room, err := s.openAt(name.Fold, from)
	if err != nil {
		return err
	}
	return s.enter(room, from)
}

// rejoin makes a room current that the session is in.
func (s *session) rejoin(m *hub.Member, from resume) error {
	room := m.Room()
	s.awaitPosition(room, from)
	head := room.Head()
	if err := from.check(room, head); err != nil {
		return err
	}
	s.sendTopic(room)
	if err := s.sendBacklog(room, from, head); err != nil {
		return err
	}
	s.rooms.setCurrent(m)
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "JOIN", Room: room.Name().Shown, Members: room.Members(), Seq: head})
	s.out.EndReplyThen(func() { s.show(room) })
	return nil
}

// enter joins a room that the session is not in. It takes the reference over.
func (s *session) enter(room *hub.Room, from resume) error {
	s.awaitPosition(room, from)
	if err := from.check(room, room.Head()); err != nil {
		room.Release()
		return err
	}
	m := hub.NewMember(room, s.id, s.roomNick(), s.writer.Flush)
	head, members, err := m.Join(s)
	if err != nil {
		room.Release()
		return err
	}
	s.rooms.joined = append(s.rooms.joined, m)
	s.sendTopic(room)
	if err := s.sendBacklog(room, from, head); err != nil {
		m.Leave(s, "leave")
		s.rooms.remove(m)
		room.Release()
		return err
	}
	s.rooms.setCurrent(m)
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "JOIN", Room: room.Name().Shown, Members: members, Seq: head})
	s.out.EndReplyThen(func() {
		s.writer.Join(m)
		s.show(room)
	})
	return nil
}

// leave carries out LEAVE. The writer writes the room's lines up to here.
func (s *session) leave(c *proto.Command) error {
	m := s.rooms.current
	if len(c.Words) > 0 {
		name, err := proto.ParseRoom(c.Words[0])
		if err != nil {
			return err
		}
		if m = s.membership(name.Fold); m == nil {
			return &proto.Error{Code: proto.NotInRoom, Text: fmt.Sprintf("you are not in room %s; WHOAMI names your current room", name.Shown)}
		}
	}
	if m == nil {
		return errNoRoom
	}
	m.Leave(s, "leave")
	s.rooms.remove(m)
	line := proto.Line{Type: proto.OK, Verb: "LEAVE", Room: m.Room().Name().Shown}
	var current *hub.Room
	if s.rooms.current != nil {
		current = s.rooms.current.Room()
		line.Current = current.Name().Shown
	}
	s.out.WriteLine(&line)
	s.out.EndReplyThen(func() {
		s.writer.Leave(m)
		s.show(current)
	})
	return nil
}

// whoSlice is how many lines of WHO there are before those of other origins have their turn.
const whoSlice = 500

func (s *session) who(c *proto.Command) error {
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	defer room.close()
	var nicks []hub.Nick
	if err := s.inTurn(s.server.reads, func() error { nicks = room.Who(); return nil }); err != nil {
		return err
	}
	for part := range slices.Chunk(nicks, whoSlice) {
		if err := s.inTurn(s.server.reads, func() error { s.sendNicks(room.Name().Shown, part); return nil }); err != nil {
			return err
		}
	}
	return s.replyOK(proto.Line{Verb: "WHO", Room: room.Name().Shown, Members: uint64(len(nicks))})
}

// sendNicks sends some of the nicks in a room.
func (s *session) sendNicks(room string, nicks []hub.Nick) {
	for _, nick := range nicks {
		role := proto.Guest
		if nick.Account {
			role = proto.Account
		}
		s.out.WriteLine(&proto.Line{Type: proto.USER, Room: room, Nick: nick.Shown, Role: role.String()})
	}
}

func (s *session) topic(c *proto.Command) error {
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	defer room.close()
	if strings.TrimSpace(c.Text) == "" {
		s.showTopic(room.Room)
		return s.replyOK(proto.Line{Verb: "TOPIC", Room: room.Name().Shown})
	}
	text, err := parseTopic(c.Text)
	if err != nil {
		return err
	}
	if err := s.mistakenTopic(c); err != nil {
		return err
	}
	if err := s.throttlePost(room.Room, text); err != nil {
		return err
	}
	if err := room.SetTopic(s.ctx, s.id, hub.Topic{Text: text, By: s.nick.Shown}); err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "TOPIC", Room: room.Name().Shown})
}

// showTopic answers TOPIC. In a conversation, which has no OK for it, it says that there is
// none.
func (s *session) showTopic(room *hub.Room) {
	if s.out.Form.IsPeople() && room.Topic().Text == "" {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: fmt.Sprintf("room %s has no topic; TOPIC text sets one", room.Name().Shown)})
	}
	s.sendTopic(room)
}

func (s *session) sendTopic(room *hub.Room) {
	if t := room.Topic(); t.Text != "" {
		s.out.WriteLine(&proto.Line{Type: proto.TOPIC, Room: room.Name().Shown, Nick: t.By, Text: t.Text})
	}
}
