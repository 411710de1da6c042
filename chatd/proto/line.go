package proto

import (
	"errors"
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
	BYE     Keyword = "BYE"
)

// Form is how the server writes lines on one connection: as text, JSON or a
// conversation for people, and with LF or CR LF. Every connection begins with the zero
// value, Text.
type Form uint8

// The forms. PeopleTagged is People with the room's name in each line, for rooms that are
// not the current one.
const (
	Text Form = iota
	TextCRLF
	JSON
	JSONCRLF
	People
	PeopleCRLF
	PeopleTagged
	PeopleTaggedCRLF
	Forms = iota // how many there are
)

// IsJSON reports whether lines of this form are JSON objects.
func (f Form) IsJSON() bool { return f&^TextCRLF == JSON }

// IsPeople reports whether lines of this form are for people, tagged or not.
func (f Form) IsPeople() bool { return f&People != 0 }

// WithJSON returns the form in JSON with the same line end.
func (f Form) WithJSON() Form { return f&TextCRLF | JSON }

// WithText returns the form in text with the same line end.
func (f Form) WithText() Form { return f & TextCRLF }

// WithPeople returns the form for people, without tags, with the same line end.
func (f Form) WithPeople() Form { return f&TextCRLF | People }

// Tagged returns a form for people with tags; any other form stays as it is.
func (f Form) Tagged() Form {
	if f.IsPeople() {
		return f | PeopleTagged
	}
	return f
}

// WithCRLF returns the form with lines that end in CR LF.
func (f Form) WithCRLF() Form { return f | TextCRLF }

func (f Form) appendEnd(dst []byte) []byte {
	if f&TextCRLF != 0 {
		dst = append(dst, '\r')
	}
	return append(dst, '\n')
}

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

// A shape lists the fields of a line in order, by their JSON names. A field that
// begins with a bracket and all fields after it are left out together when they
// are empty. Only the field "text" may hold blanks.
type shape []string

var shapes = map[Keyword]shape{
	HELLO:   {"protocol", "nick", "text"},
	ERR:     {"verb", "code", "text"},
	MSG:     {"room", "seq", "nick", "text"},
	ME:      {"room", "seq", "nick", "text"},
	MORE:    {"room", "seq", "nick", "text"},
	TELL:    {"nick", "text"},
	JOINED:  {"room", "nick"},
	LEFT:    {"room", "nick", "why"},
	RENAMED: {"room", "old", "nick"},
	TOPIC:   {"room", "nick", "text"},
	NOTICE:  {"text"},
	GAP:     {"room", "from", "to", "why"},
	ROOM:    {"room", "members", "text"},
	USER:    {"room", "nick", "role"},
	HELP:    {"verb", "text"},
	SETTING: {"name", "value"},
	SEND:    {"room", "text"},
	SESSION: {"id", "nick", "door", "since", "address"},
	KEY:     {"fingerprint", "kind", "since", "state", "text"},
	WHOIS:   {"nick", "role", "since", "state", "text"},
	ACCOUNT: {"nick", "since", "keys", "password"},
	STAT:    {"name", "value"},
	BYE:     {"code", "text"},
}

var okShapes = map[string]shape{
	"HELP":    {},
	"WHOAMI":  {"nick", "room", "role"},
	"PING":    {"text"},
	"QUIT":    {},
	"NICK":    {"nick"},
	"ROOMS":   {"shown", "all"},
	"CREATE":  {"room"},
	"JOIN":    {"room", "members", "seq"},
	"LEAVE":   {"room", "current"},
	"WHO":     {"room", "members"},
	"POST":    {"room", "seq"},
	"ME":      {"room", "seq"},
	"PASTE":   {"room", "seq"},
	"TELL":    {"nick"},
	"TOPIC":   {"room"},
	"HISTORY": {"room", "shown", "seq"},
	"SEARCH":  {"room", "shown", "seq"},
	"SET":     {"[name", "value"},
	"FORMAT":  {"format"},

	"TALK":       {"value"},
	"REGISTER":   {"nick"},
	"LOGIN":      {"nick"},
	"LOGOUT":     {"nick"},
	"PASSWD":     {"nick"},
	"KEYS":       {"[fingerprint"},
	"UNREGISTER": {"nick"},
	"SESSIONS":   {"shown"},
	"END":        {"id"},
	"WHOIS":      {"nick"},
	"ACCOUNTS":   {"shown", "all"},
	"DROP":       {"room"},
	"STATS":      {},
}

func (l *Line) shape() shape {
	if l.Type == OK {
		return okShapes[l.Verb]
	}
	return shapes[l.Type]
}

// field returns a pointer to the field of that name, a *string, *Code or
// *uint64, or nil.
func (l *Line) field(name string) any {
	switch name {
	case "verb":
		return &l.Verb
	case "code":
		return &l.Code
	case "protocol":
		return &l.Protocol
	case "room":
		return &l.Room
	case "seq":
		return &l.Seq
	case "nick":
		return &l.Nick
	case "old":
		return &l.Old
	case "role":
		return &l.Role
	case "members":
		return &l.Members
	case "shown":
		return &l.Shown
	case "all":
		return &l.All
	case "current":
		return &l.Current
	case "from":
		return &l.From
	case "to":
		return &l.To
	case "why":
		return &l.Why
	case "name":
		return &l.Name
	case "value":
		return &l.Value
	case "format":
		return &l.Format
	case "id":
		return &l.ID
	case "door":
		return &l.Door
	case "since":
		return &l.Since
	case "address":
		return &l.Address
	case "fingerprint":
		return &l.Fingerprint
	case "kind":
		return &l.Kind
	case "state":
		return &l.State
	case "keys":
		return &l.Keys
	case "password":
		return &l.Password
	case "text":
		return &l.Text
	}
	return nil
}

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

// errLine is the error of ParseLine for a line that is not of the protocol.
var errLine = errors.New("not a line of protocol " + Greeting)

// ParseLine parses one line from the server, without its end, in text or JSON.
// A further line of a post becomes a Line of type MORE. An unknown verb or
// keyword is not an error, since clients ignore it: an OK then has only its
// Verb, another line only its Type and Text.
func ParseLine(line string) (Line, error) {
	if strings.HasPrefix(line, "{") {
		return parseJSON(line)
	}
	var l Line
	word, rest, _ := strings.Cut(line, " ")
	if Keyword(word) == PAST {
		stamp, after, _ := strings.Cut(rest, " ")
		t, err := time.Parse(TimeLayout, stamp)
		if err != nil {
			return l, errLine
		}
		l.Past, l.Time = true, t
		word, rest, _ = strings.Cut(after, " ")
	}
	l.Type = Keyword(word)
	if l.Type == OK {
		l.Verb, rest, _ = strings.Cut(rest, " ")
	}
	if word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return l, errLine
	}
	fields := l.shape()
	if fields == nil {
		l.Text = rest
		return l, nil
	}
	return l, l.parseFields(fields, rest)
}

func (l *Line) parseFields(fields shape, rest string) error {
	for _, name := range fields {
		name, optional := strings.CutPrefix(name, "[")
		if optional && rest == "" {
			return nil
		}
		if name == "text" {
			l.Text = rest
			return nil
		}
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		if word == "" {
			return errLine
		}
		if err := setWord(l.field(name), word); err != nil {
			return errLine
		}
	}
	return nil
}

func setWord(to any, word string) (err error) {
	if number, ok := to.(*uint64); ok {
		*number, err = strconv.ParseUint(word, 10, 64)
		return err
	}
	if word == "-" {
		word = ""
	}
	switch v := to.(type) {
	case *Code:
		*v = Code(word)
	case *string:
		*v = word
	}
	return nil
}
