package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// A printer writes what is asked for to stdout: for people on a terminal, in
// lines that are easy to take apart for pipes, or as JSON. What it was given is
// written with flush.
type printer struct {
	w        *bufio.Writer
	json     bool
	people   bool // stdout is a terminal
	renderer *render.Renderer
}

func (p *program) printer() *printer {
	terminal := isTerminal(p.stdout)
	return &printer{w: bufio.NewWriter(p.stdout), json: p.json, people: terminal, renderer: render.New(p.colored(), p.zone(), time.Now())}
}

// zone is that of the times that people are shown.
func (p *program) zone() *time.Location {
	if p.utc {
		return time.UTC
	}
	return time.Local
}

// colored reports whether stdout is to have colours.
func (p *program) colored() bool {
	none, _ := p.env("NO_COLOR")
	kind, _ := p.env("TERM")
	switch p.color {
	case "always":
		return true
	case "never":
		return false
	}
	return none == "" && kind != "dumb" && takesEscapes(p.stdout)
}

func (o *printer) flush() error { return o.w.Flush() }

// line writes a line as JSON, or else as the text.
func (o *printer) line(l *proto.Line, text string) (err error) {
	if o.json {
		_, err = o.w.Write(l.Append(nil, proto.JSON))
	} else {
		_, err = fmt.Fprintln(o.w, text)
	}
	return err
}

// post writes a post.
func (o *printer) post(m client.Message) error {
	text := ""
	switch {
	case o.json:
	case o.people:
		text = o.renderer.Post(m, "", render.Plain)
	default:
		prefix := o.prefix(m)
		text = prefix + strings.ReplaceAll(m.Text, "\n", "\n"+prefix)
	}
	return o.line(messageLine(m), text)
}

// prefix is what stands before the text in a pipe: time and nick, and a star
// where the text says what its poster does.
func (o *printer) prefix(m client.Message) string {
	star := ""
	if m.Action {
		star = "* "
	}
	return o.renderer.Dim(m.Time.UTC().Format(proto.TimeLayout)) + " " + star + o.renderer.Nick(m.Nick) + " "
}

// messageLine, roomLine and memberLine return what is printed as JSON: the line
// of the protocol.
func messageLine(m client.Message) *proto.Line {
	l := &proto.Line{Type: proto.MSG, Room: m.Room, Seq: m.Seq, Time: m.Time, Nick: m.Nick, Account: m.Account, Text: m.Text, Past: m.Replayed}
	if m.Action {
		l.Type = proto.ME
	}
	return l
}

func roomLine(r client.RoomInfo) *proto.Line {
	return &proto.Line{Type: proto.ROOM, Room: r.Name, Members: r.Members, Text: r.Topic}
}

func memberLine(m client.Member) *proto.Line {
	return &proto.Line{Type: proto.USER, Room: m.Room, Nick: m.Nick, Role: m.Role}
}
