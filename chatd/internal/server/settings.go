package server

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chatd/proto"
)

func (s *session) help(c *proto.Command) error {
	topics := slices.Concat(proto.Verbs, proto.Prefixes)
	if len(c.Words) > 0 {
		asked := proto.Command{Verb: strings.ToUpper(c.Words[0])}
		topics = slices.DeleteFunc(topics, func(v proto.Verb) bool { return v.Name != asked.Verb })
		if len(topics) == 0 {
			return &proto.Error{Code: proto.UnknownCommand, Text: fmt.Sprintf("there is no command %s; HELP lists them", asked.VerbWord())}
		}
	}
	for i := range topics {
		s.say(helpLine(&topics[i]))
	}
	return s.ok(proto.Line{Verb: "HELP"})
}

func helpLine(v *proto.Verb) *proto.Line {
	return &proto.Line{Type: proto.HELP, Verb: v.Name, Text: v.Form() + " - " + v.Help}
}

func (s *session) whoami(*proto.Command) error {
	line := proto.Line{Verb: "WHOAMI", Nick: s.nick.Shown, Role: s.role.String()}
	if s.current != nil {
		line.Room = s.current.Room().Name().Shown
	}
	return s.ok(line)
}

func (s *session) ping(c *proto.Command) error { return s.ok(proto.Line{Verb: "PING", Text: c.Text}) }

func (s *session) quit(*proto.Command) error {
	s.quits = true
	return s.ok(proto.Line{Verb: "QUIT"})
}

// set changes one setting. What the writer goes by changes with the OK.
func (s *session) set(c *proto.Command) error {
	settings := []struct {
		name string
		on   bool
		set  func(on bool)
	}{
		{"echo", s.echo, func(on bool) { s.echo = on }},
		{"presence", s.others, func(on bool) { s.others = on }},
		{"talk", s.reading == proto.Talk, func(on bool) { s.reading = map[bool]proto.Reading{true: proto.Talk}[on] }},
	}
	if len(c.Words) == 0 {
		for _, it := range settings {
			s.say(&proto.Line{Type: proto.SETTING, Name: it.name, Value: onOff(it.on)})
		}
		return s.ok(proto.Line{Verb: "SET"})
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
		s.say(&proto.Line{Type: proto.OK, Verb: "SET", Name: it.name, Value: onOff(on)})
		echo, others := s.echo, s.others
		s.takeEffect(func() { s.out.view.NoEcho, s.out.view.NoOthers = !echo, !others })
		return nil
	}
	return &proto.Error{Code: proto.BadArguments, Text: "SET knows echo, presence and talk; SET alone lists them"}
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
	form := s.form
	switch format {
	case "json":
		form = form.WithJSON()
	case "text":
		form = form.WithText()
	default:
		return &proto.Error{Code: proto.BadArguments, Text: "there are two formats: FORMAT text and FORMAT json"}
	}
	s.form = form
	s.say(&proto.Line{Type: proto.OK, Verb: "FORMAT", Format: format})
	s.takeEffect(func() { s.out.view.Form = form })
	return nil
}
