package server

import (
	"fmt"
	"strings"

	"linechat/chatd/proto"
)

// help explains every verb and prefix, or the one that is asked for.
func (s *session) help(c *proto.Command) error {
	asked := proto.Command{}
	if len(c.Words) > 0 {
		asked.Verb = strings.ToUpper(strings.TrimPrefix(c.Words[0], "/"))
	}
	known := len(c.Words) == 0
	explain := func(name, usage, help string) {
		if len(c.Words) == 0 || asked.Verb == name {
			known = true
			s.out.WriteLine(&proto.Line{Type: proto.HELP, Verb: name, Text: strings.TrimSpace(usage + " - " + help)})
		}
	}
	for i := range proto.Verbs {
		v := &proto.Verbs[i]
		explain(v.Name, v.Usage, v.Help)
	}
	for _, p := range proto.Prefixes {
		explain(p.Name, p.Usage, p.Help)
	}
	if !known {
		return &proto.Error{Code: proto.UnknownCommand, Text: fmt.Sprintf("there is no command %s; HELP lists them", asked.VerbWord())}
	}
	return s.replyOK(proto.Line{Verb: "HELP"})
}

func (s *session) whoami(*proto.Command) error {
	line := proto.Line{Verb: "WHOAMI", Nick: s.nick.Shown, Role: s.role.String()}
	if s.rooms.current != nil {
		line.Room = s.rooms.current.Room().Name().Shown
	}
	return s.replyOK(line)
}

func (s *session) ping(c *proto.Command) error {
	return s.replyOK(proto.Line{Verb: "PING", Text: c.Text})
}

func (s *session) quit(*proto.Command) error {
	s.quits = true
	return s.replyOK(proto.Line{Verb: "QUIT"})
}

// set changes one setting. What the writer goes by changes with the OK.
func (s *session) set(c *proto.Command) error {
	settings := []struct {
		name string
		on   bool
		set  func(on bool)
	}{
		{"echo", s.settings.echo, func(on bool) { s.settings.echo = on }},
		{"presence", s.settings.presence, func(on bool) { s.settings.presence = on }},
		{"talk", s.settings.reading == proto.Talk, s.settings.setTalk},
	}
	if len(c.Words) == 0 {
		for _, it := range settings {
			s.out.WriteLine(&proto.Line{Type: proto.SETTING, Name: it.name, Value: onOff(it.on)})
		}
		return s.replyOK(proto.Line{Verb: "SET"})
	}
	for _, it := range settings {
		if !strings.EqualFold(c.Words[0], it.name) {
			continue
		}
		on, err := parseOnOff(c.Words[1:])
		if err != nil {
			return err
		}
		it.set(on)
		s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "SET", Name: it.name, Value: onOff(on)})
		echo, presence := s.settings.echo, s.settings.presence
		s.out.Barrier(func() { s.writer.Options.NoEcho, s.writer.Options.NoPresence = !echo, !presence })
		return nil
	}
	return &proto.Error{Code: proto.BadArguments, Text: "SET knows echo, presence and talk; SET alone lists them"}
}

// settings is what SET changes (protocol.md, "SET").
type settings struct {
	echo     bool          // one's own posts are sent
	presence bool          // JOINED, LEFT and RENAMED of others are sent
	reading  proto.Reading // proto.Talk: talk is on
}

func (s *settings) setTalk(on bool) {
	s.reading = proto.Commands
	if on {
		s.reading = proto.Talk
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func parseOnOff(words []string) (on bool, err error) {
	if len(words) == 1 {
		switch strings.ToLower(words[0]) {
		case "on":
			return true, nil
		case "off":
			return false, nil
		}
	}
	return false, &proto.Error{Code: proto.BadArguments, Text: "a setting is on or off: SET echo off"}
}

// format changes the form of the server's lines, its own OK the first.
func (s *session) format(c *proto.Command) error {
	format := strings.ToLower(c.Words[0])
	form := s.out.Form
	switch format {
	case "json":
		form = form.WithJSON()
	case "text":
		form = form.WithText()
	default:
		return &proto.Error{Code: proto.BadArguments, Text: "there are two formats: FORMAT text and FORMAT json"}
	}
	s.out.Form = form
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "FORMAT", Format: format})
	s.out.Barrier(func() { s.writer.Options.Form = form })
	return nil
}
