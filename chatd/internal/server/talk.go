package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/proto"
)

// talkBacklog is how many posts a JOIN brings back in a conversation.
const talkBacklog = 10

// reading returns how lines are read.
func (s *session) reading() proto.Reading {
	switch {
	case s.settings.talk && s.out.Form.IsPeople():
		return proto.TalkIRC
	case s.settings.talk:
		return proto.Talk
	}
	return proto.Commands
}

// talk carries out TALK: what is typed is posted, and what comes is a conversation.
func (s *session) talk(c *proto.Command) error {
	on := len(c.Words) == 0
	if !on && !strings.EqualFold(c.Words[0], "off") {
		return &proto.Error{Code: proto.BadArguments, Text: "TALK begins a conversation, and TALK off ends it"}
	}
	if on && s.out.Form.IsJSON() {
		return &proto.Error{Code: proto.NotAllowed, Text: "TALK is for people, and this connection speaks JSON; FORMAT text first"}
	}
	form := s.out.Form
	switch {
	case on:
		form = form.WithText().WithPeople()
	case form.IsPeople():
		form = form.WithText()
	}
	s.settings.talk, s.out.Form = on, form
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "TALK", Value: onOff(on)})
	if on && s.rooms.current == nil {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: "you are in no room yet; /rooms lists the rooms, /join ROOM enters one"})
	}
	s.out.Barrier(func() { s.writer.Options.Form = form })
	return nil
}

// beginTalk has a session begin in a conversation, before anything is written, and its
// peer's line editor complete words.
func (s *session) beginTalk() {
	s.settings.talk = true
	s.out.Form = proto.People
	s.writer.Options.Form = proto.People
	if editor, ok := s.conn.Conn.(listener.Editor); ok {
		editor.SetCompleter(s.completer())
	}
}

// writeDay writes the date where the day of a post is not that of the one before it, in a
// conversation.
func (s *session) writeDay(before, now time.Time) {
	if day := proto.DayLine(nil, s.out.Form, before, now); len(day) > 0 {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: strings.TrimSpace(strings.TrimPrefix(string(day), "-- "))})
	}
}

// show has the lines of all rooms but this one, which may be nil, be tagged in a
// conversation. The writer calls it, where the current room changes.
func (s *session) show(room *hub.Room) {
	s.writer.Options.Current = room
	s.shown.Store(room)
}

// hint returns a refusal that says what was probably meant by a command whose words do not
// fit, or nil.
func (s *session) hint(c *proto.Command, line string) error {
	if c.Verb != "WHO" || len(c.Words) != 1 || len(strings.Fields(line)) != 2 { // more is speech
		return nil
	}
	room := strings.TrimPrefix(c.Words[0], "#")
	if _, err := proto.ParseRoom(room); err != nil {
		return nil
	}
	return &proto.Error{Code: proto.BadArguments, Text: fmt.Sprintf("WHO takes no words; who is in room %s says: IN %s WHO", room, room)}
}

// noRoom refuses a command that needs a current room. In talk everything that is typed is a
// post, so a command may have been meant.
func (s *session) noRoom(c *proto.Command, v *proto.Verb) error {
	if v.Name != "POST" || s.reading() == proto.Commands {
		return errNoRoom
	}
	remedy := "/rooms lists the rooms, /join ROOM enters one"
	word, _ := cutWord(c.Text)
	if meant := proto.LookupVerb(strings.ToUpper(word)); meant != nil {
		remedy = "a command begins with a slash: /" + meant.Form()
	}
	return &proto.Error{Code: proto.NotInRoom, Text: "you are in no room, so this was not posted; " + remedy}
}

// mistakenTopic refuses a TOPIC whose text is the name of another room: probably that room's
// topic is asked for. IN room TOPIC text says that it is meant.
func (s *session) mistakenTopic(c *proto.Command) error {
	if c.Room != "" || s.rooms.current == nil {
		return nil
	}
	name, err := proto.ParseRoom(strings.TrimSpace(c.Text))
	current := s.rooms.current.Room().Name()
	if err != nil || name.Fold == current.Fold {
		return nil
	}
	room, err := s.server.hub.Open(s.ctx, s, name.Fold)
	if err != nil {
		return nil
	}
	room.Release()
	return &proto.Error{Code: proto.BadArguments, Text: fmt.Sprintf("%s is a room: IN %s TOPIC shows its topic; if %s is to be the topic of %s: IN %s TOPIC %s",
		name.Shown, name.Shown, name.Shown, current.Shown, current.Shown, name.Shown)}
}

// completer returns what a line editor completes words from: verbs at the beginning, else
// rooms and the nicks in the current room. The editor calls it from a goroutine of its own,
// so it goes by what show has noted.
func (s *session) completer() func(line string) []string {
	return func(line string) []string {
		before := strings.TrimLeft(line, " ")
		word := before[strings.LastIndexByte(before, ' ')+1:]
		if word == before {
			return verbsFor(word)
		}
		return s.namesFor(word)
	}
}

// verbsFor returns the commands that a word with a slash may become.
func verbsFor(word string) (candidates []string) {
	typed, slash := strings.CutPrefix(word, "/")
	if !slash {
		return nil
	}
	for i := range proto.Verbs {
		if name := strings.ToLower(proto.Verbs[i].Name); proto.Verbs[i].Role <= proto.Account && strings.HasPrefix(name, strings.ToLower(typed)) {
			candidates = append(candidates, "/"+name)
		}
	}
	return candidates
}

// namesFor returns the nicks in the current room, and the rooms, that begin with word.
func (s *session) namesFor(word string) (candidates []string) {
	if current := s.shown.Load(); current != nil {
		for _, nick := range current.Who() {
			if strings.HasPrefix(strings.ToLower(nick.Shown), strings.ToLower(word)) {
				candidates = append(candidates, nick.Shown)
			}
		}
	}
	prefix, err := proto.ParseRoom(word)
	if err != nil {
		return candidates
	}
	rooms, _, err := s.server.hub.Listings(s.ctx, prefix.Fold, "", maxListed)
	if err != nil {
		return candidates
	}
	for _, r := range rooms {
		candidates = append(candidates, r.Name.Shown)
	}
	slices.Sort(candidates)
	return slices.Compact(candidates)
}
