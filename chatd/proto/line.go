package proto

import (
	"strconv"
	"strings"
	"time"
)

// A Keyword begins every line from the server (protocol.md, "Lines from the
// server"). In JSON it is the type, in lower case.
type Keyword string

// The keywords.
const (
	HELLO   Keyword = "HELLO"
	OK      Keyword = "OK"
	ERR     Keyword = "ERR"
	MSG     Keyword = "MSG"
	ME      Keyword = "ME"
	MORE    Keyword = "MORE"
	TELL    Keyword = "TELL"
	JOINED  Keyword = "JOINED"
	LEFT    Keyword = "LEFT"
	RENAMED Keyword = "RENAMED"
	TOPIC   Keyword = "TOPIC"
	NOTICE  Keyword = "NOTICE"
	PAST    Keyword = "PAST"
	GAP     Keyword = "GAP"
	ROOM    Keyword = "ROOM"
	USER    Keyword = "USER"
	HELP    Keyword = "HELP"
	SETTING Keyword = "SETTING"
	SEND    Keyword = "SEND"
	SESSION Keyword = "SESSION"
	KEY     Keyword = "KEY"
	WHOIS   Keyword = "WHOIS"
	ACCOUNT Keyword = "ACCOUNT"
	STAT    Keyword = "STAT"
	IGNORED Keyword = "IGNORED"
	LIMIT   Keyword = "LIMIT"
	BYE     Keyword = "BYE"
)

// A Line is one line from the server, or one post of several lines. Its Type,
// and for OK its Verb, decide which fields it has (protocol.md, "Lines from the
// server"). The other fields are zero.
type Line struct {
	Type     Keyword   `json:"type"`
	Verb     string    `json:"verb"`
	Code     Code      `json:"code"`
	Protocol string    `json:"protocol"`
	Room     string    `json:"room"`
	Seq      uint64    `json:"seq"`
	Time     time.Time `json:"time"` // when a post was made; in text only with Past
	Nick     string    `json:"nick"`
	Old      string    `json:"old"`
	Role     string    `json:"role"`
	Members  uint64    `json:"members"`
	Shown    uint64    `json:"shown"`
	All      uint64    `json:"all"`
	Current  string    `json:"current"`
	From     uint64    `json:"from"`
	To       uint64    `json:"to"`
	Why      string    `json:"why"`
	Name     string    `json:"name"`
	Value    string    `json:"value"`
	Left     string    `json:"left"` // a number; "": nothing is used of the limit
	Format   string    `json:"format"`
	Text     string    `json:"text"` // the lines of a post are joined by "\n"
	Limit    uint64    `json:"limit"`
	WaitMS   uint64    `json:"wait_ms"`
	Past     bool      `json:"past"`

	Account     string `json:"account"` // whose a post is; "" a guest's; in JSON only
	ID          string `json:"id"`
	Door        string `json:"door"`
	Since       string `json:"since"` // as TimeLayout
	Address     string `json:"address"`
	Fingerprint string `json:"fingerprint"`
	Kind        string `json:"kind"`
	State       string `json:"state"`
	Keys        uint64 `json:"keys"`
	Password    string `json:"password"` // whether there is one: yes or no
}

// TimeLayout is how times are written: RFC 3339 in UTC with milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Greeting is the name of the protocol and its version, as HELLO says it.
const Greeting = "chatd/1"

// Append appends the line in the form f: one line, or, for a post of several
// lines in text, one MSG and its MOREs.
func (l *Line) Append(dst []byte, f Form) []byte {
	switch {
	case f.IsJSON():
		return f.appendEnd(l.appendJSON(dst))
	case f.IsPeople():
		return l.appendPeople(dst, f)
	}
	first, rest, more := strings.Cut(l.Text, "\n")
	if !more {
		return f.appendEnd(l.appendText(dst))
	}
	part := *l
	for part.Text = first; ; {
		dst = f.appendEnd(part.appendText(dst))
		if !more {
			return dst
		}
		part.Type = MORE
		part.Text, rest, more = strings.Cut(rest, "\n")
	}
}

func (l *Line) appendText(dst []byte) []byte {
	if l.Past {
		dst = append(append(dst, PAST...), ' ')
		dst = append(l.Time.UTC().AppendFormat(dst, TimeLayout), ' ')
	}
	dst = append(dst, l.Type...)
	if l.Type == OK {
		dst = append(append(dst, ' '), l.Verb...)
	}
	for _, name := range l.shape() {
		name, optional := strings.CutPrefix(name, "[")
		value := l.field(name)
		if s, ok := value.(*string); ok && optional && *s == "" {
			return dst
		}
		dst = appendWord(append(dst, ' '), name, value)
	}
	return dst
}

func appendWord(dst []byte, name string, value any) []byte {
	word := ""
	switch v := value.(type) {
	case *uint64:
		return strconv.AppendUint(dst, *v, 10)
	case *Code:
		word = string(*v)
	case *string:
		word = *v
	}
	if word == "" && name != "text" {
		word = "-"
	}
	return append(dst, word...)
}
