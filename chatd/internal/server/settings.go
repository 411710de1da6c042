package server

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chatd/proto"
)

// help explains every verb that the session's role reaches, and every prefix, or the one
// that is asked for, with an example.
func (s *session) help(c *proto.Command) error {
	asked := proto.Command{}
	if len(c.Words) > 0 {
		asked.Verb = strings.ToUpper(strings.TrimPrefix(c.Words[0], "/"))
	}
	known := asked.Verb == ""
	explain := func(name, text string) {
		if asked.Verb == "" || asked.Verb == name {
			known = true
			s.out.WriteLine(&proto.Line{Type: proto.HELP, Verb: name, Text: strings.TrimSpace(text)})
		}
	}
	for i := range proto.Verbs {
		v := &proto.Verbs[i]
		if s.role < v.Role && asked.Verb == "" {
			continue
		}
		explain(v.Name, v.Usage+" - "+v.Help)
		if asked.Verb != "" && v.Example != "" {
			explain(v.Name, "for example: "+v.Example)
		}
	}
	for _, p := range proto.Prefixes {
		explain(p.Name, p.Usage+" - "+p.Help)
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

// settings is what SET changes (protocol.md, "SET").
type settings struct {
	echo     bool // one's own posts are sent
	presence bool // JOINED, LEFT and RENAMED of others are sent
	talk     bool // lines without a slash are posts
}

type setting struct {
	name string
	on   *bool
}

// all returns the settings in the order in which SET lists them.
func (st *settings) all() []setting {
	return []setting{{"echo", &st.echo}, {"presence", &st.presence}, {"talk", &st.talk}}
}

// set lists the settings, or changes one. What the writer goes by changes with the OK.
func (s *session) set(c *proto.Command) error {
	all := s.settings.all()
	if len(c.Words) == 0 {
		for _, it := range all {
			s.out.WriteLine(&proto.Line{Type: proto.SETTING, Name: it.name, Value: onOff(*it.on)})
		}
		return s.replyOK(proto.Line{Verb: "SET"})
	}
	i := slices.IndexFunc(all, func(it setting) bool { return strings.EqualFold(c.Words[0], it.name) })
	if i < 0 {
		return &proto.Error{Code: proto.BadArguments, Text: "SET knows echo, presence and talk; SET alone lists them"}
	}
	on, err := parseOnOff(c.Words[1:])
	if err != nil {
		return err
	}
	*all[i].on = on
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "SET", Name: all[i].name, Value: onOff(on)})
	echo, presence := s.settings.echo, s.settings.presence
	s.out.Barrier(func() { s.writer.Options.NoEcho, s.writer.Options.NoPresence = !echo, !presence })
	return nil
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
	case "people":
		form = form.WithPeople()
	default:
		return &proto.Error{Code: proto.BadArguments, Text: "the formats are text and json for programs, and people: FORMAT json"}
	}
	s.out.Form = form
	s.out.WriteLine(&proto.Line{Type: proto.OK, Verb: "FORMAT", Format: format})
	s.out.Barrier(func() { s.writer.Options.Form = form })
	return nil
}
