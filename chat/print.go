package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chat/internal/ui"
	"linechat/chatd/proto"
)

// A printer writes what is asked for to stdout: for people on a terminal, in
// lines that are easy to take apart for pipes, or as JSON. What it was given is
// written with flush.
type printer struct {
	ui.Palette
	w      *bufio.Writer
	json   bool
	people bool
	zone   *time.Location
	day    string // of the last post shown to people
}

func (p *program) printer() *printer {
	terminal := isTerminal(p.stdout)
	o := &printer{w: bufio.NewWriter(p.stdout), json: p.json, people: terminal, zone: time.Local}
	o.Color = p.colored(terminal)
	if p.utc {
		o.zone = time.UTC
	}
	o.day = time.Now().In(o.zone).Format(time.DateOnly)
	return o
}

// colored reports whether stdout is to have colours.
func (p *program) colored(terminal bool) bool {
	none, _ := p.env("NO_COLOR")
	kind, _ := p.env("TERM")
	switch p.color {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && none == "" && kind != "dumb"
}

func (o *printer) flush() error { return o.w.Flush() }

// line writes a line as JSON, or else as the words.
func (o *printer) line(l *proto.Line, words ...string) {
	if o.json {
		_, _ = o.w.Write(l.Append(nil, proto.JSON)) // a failure is that of flush
		return
	}
	fmt.Fprintln(o.w, strings.TrimRight(strings.Join(words, " "), " "))
}

// post writes a post.
func (o *printer) post(l *proto.Line) {
	if o.json {
		o.line(l)
		return
	}
	prefix := o.prefix(l)
	first, rest, more := strings.Cut(l.Text, "\n")
	fmt.Fprintln(o.w, prefix+first)
	if o.people {
		prefix = strings.Repeat(" ", o.width(l))
	}
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		fmt.Fprintln(o.w, prefix+first)
	}
}

// prefix is what stands before the text: time and nick, and a star where the
// text says what its poster does.
func (o *printer) prefix(l *proto.Line) string {
	star := ""
	if l.Type == proto.ME {
		star = "* "
	}
	return o.Dim(o.time(l.Time)) + " " + star + o.Nick(l.Nick) + " "
}

// width is how many columns the prefix has for people.
func (o *printer) width(l *proto.Line) int {
	n := len("15:04 ") + utf8.RuneCountInString(l.Nick) + 1
	if l.Type == proto.ME {
		n += len("* ")
	}
	return n
}

// time is when a post was made. For people a new day is a line of its own.
func (o *printer) time(t time.Time) string {
	if !o.people {
		return t.UTC().Format(proto.TimeLayout)
	}
	t = t.In(o.zone)
	if day := t.Format(time.DateOnly); day != o.day {
		o.day = day
		fmt.Fprintln(o.w, o.Dim(t.Format("-- Mon, 2 Jan 2006 --")))
	}
	return t.Format("15:04")
}
