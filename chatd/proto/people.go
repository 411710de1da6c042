package proto

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// peopleWords is what people read of the lines that are no posts: {x} stands for field x, and
// what is in brackets with a field is left out where the field is empty.
var peopleWords = map[Keyword]string{
	HELLO:   "welcome, {nick}: /rooms lists the rooms, /join ROOM enters one, /help lists all that you can do",
	ERR:     "{text}",
	JOINED:  "{nick} joined",
	LEFT:    "{nick} left ({why})",
	RENAMED: "{old} is now {nick}",
	NOTICE:  "{text}",
	ROOM:    "{room}: {members} here[, {text}]",
	USER:    "{nick} ({role})",
	HELP:    "{verb} {text}",
	SETTING: "{name} is {value}",
	SEND:    "{text}",
	SESSION: "session {id}: {nick} by {door} since {since}[, from {address}]",
	KEY:     "{kind} key {fingerprint}, {state}, since {since}[: {text}]",
	WHOIS:   "{nick}: {role} since {since}, {state}[; rooms in common: {text}]",
	ACCOUNT: "{nick}: since {since}, {keys} keys, password: {password}",
	STAT:    "{name}: {value}",
	IGNORED: "you ignore {nick}",
	LIMIT:   "{name}: {value}[, left: {left}]",
	BYE:     "{text}",
}

// peopleOK is what people read of OK lines; nothing where what came before says it all.
var peopleOK = map[string]string{
	"HELP": "", "QUIT": "", "POST": "", "ME": "", "PASTE": "", "TOPIC": "", "SESSIONS": "", "WHOIS": "", "STATS": "", "LIMITS": "", "HISTORY": "", "SEARCH": "",
	"WHOAMI":     "you are {nick} ({role}); your current room: {room}",
	"PING":       "pong[ {text}]",
	"NICK":       "you are now {nick}",
	"ROOMS":      "{shown} of {all} rooms",
	"CREATE":     "created room {room}; /join {room} enters it",
	"JOIN":       "you are in {room}, {members} here",
	"LEAVE":      "you left {room}; your current room: {current}",
	"WHO":        "{members} here in {room}",
	"TELL":       "told {nick}",
	"SET":        "{name} is {value}",
	"FORMAT":     "this is FORMAT {format}; FORMAT text undoes it",
	"TALK":       "what you type is posted; /help lists the commands, /talk off ends this; times are in {zone}",
	"REGISTER":   "{nick} is your account now; when you come back /login {nick} takes it, and a key does so by itself",
	"LOGIN":      "you are {nick}, and logged in",
	"LOGOUT":     "you are a guest now, {nick}",
	"PASSWD":     "the password of {nick} is changed",
	"KEYS":       "keys changed: {fingerprint}",
	"UNREGISTER": "{nick} is an account no more; its name stays reserved for 90 days",
	"END":        "ended session {id}",
	"ACCOUNTS":   "{shown} of {all} accounts",
	"DROP":       "deleted room {room} and all its posts",
	"IGNORE":     "you ignore {nick}; /unignore {nick} undoes it",
	"UNIGNORE":   "you ignore {nick} no more",
}

// appendPeople appends what people read of the line (protocol.md, "FORMAT people"), or
// nothing. Every line begins with a time, with "-- ", or with "*" and a nick, and after
// these no text of a user's can begin a line.
func (l *Line) appendPeople(dst []byte, f Form) []byte {
	tag := ""
	if f.Tagged() == f && l.Room != "" {
		tag = "[" + l.Room + "] "
	}
	switch l.Type {
	case MSG, ME, MORE:
		return l.appendConversation(dst, f, tag)
	case TELL:
		return f.appendEnd(append(dst, "*"+l.Nick+"* "+l.Text...))
	}
	words := l.peopleText()
	if words == "" {
		return dst
	}
	return f.appendEnd(append(dst, "-- "+tag+words...))
}

// appendConversation appends a post: its first line with the nick, the others after a bar.
func (l *Line) appendConversation(dst []byte, f Form, tag string) []byte {
	begin := func(dst []byte) []byte {
		return append(append(l.Time.Local().AppendFormat(dst, "15:04"), ' '), tag...)
	}
	first, rest, more := strings.Cut(l.Text, "\n")
	dst = begin(dst)
	switch l.Type {
	case MSG:
		dst = append(append(append(dst, '<'), l.Nick...), "> "...)
	case ME:
		dst = append(append(append(dst, "* "...), l.Nick...), ' ')
	case MORE:
		dst = append(dst, "| "...)
	}
	dst = f.appendEnd(append(dst, first...))
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		dst = f.appendEnd(append(append(begin(dst), "| "...), first...))
	}
	return dst
}

// peopleText returns the words for a line that is no post; "" for none.
func (l *Line) peopleText() string {
	switch {
	case l.Type == TOPIC && l.Text == "":
		return l.fill("{nick} removed the topic")
	case l.Type == TOPIC:
		return l.fill("topic by {nick}: {text}")
	case l.Type == GAP && l.Why == "time":
		return l.fill("posts {from} to {to} were not searched, for want of time")
	case l.Type == GAP && l.Why == "dropped":
		return l.fill("posts {from} to {to} were deleted with room {room}")
	case l.Type == LEFT && l.Why == "dropped":
		return l.fill("room {room} was deleted with all its posts, and you are in it no more")
	case l.Type == GAP:
		return l.fill("posts {from} to {to} are no longer kept")
	case l.Type == USER && l.Role == Guest.String():
		return l.Nick
	case l.Type == LIMIT && l.WaitMS > 0:
		return l.fill("{name}: {value}, left: none, one more in {wait_ms} ms")
	case l.Type == OK && (l.Verb == "HISTORY" || l.Verb == "SEARCH") && l.Shown == 0:
		return l.fill("nothing found in {room}")
	case l.Type == OK && l.Verb == "ROOMS" && l.All == 0:
		return "there is no room yet; /create ROOM makes one"
	case l.Type == OK && l.Verb == "TALK" && l.Value == "off":
		return "" // it is not written for people any more
	case l.Type == OK && l.Verb == "KEYS" && l.Fingerprint == "":
		return "no further keys; /keys add adds the one that you have connected with"
	case l.Type == OK && l.Verb == "SET" && l.Name == "":
		return ""
	case l.Type == OK && l.Verb == "IGNORE" && l.Nick == "":
		return "you ignore nobody else; /ignore NICK adds one"
	case l.Type == OK:
		return l.fill(peopleOK[l.Verb])
	case l.Type == ERR || l.Type == HELP || l.Type == NOTICE:
		return slashed(l.fill(peopleWords[l.Type]))
	}
	return l.fill(peopleWords[l.Type])
}

// slashed returns a text in which the commands are written as a conversation takes them: with
// a slash, but after IN room and ONCE key.
func slashed(text string) string {
	words := strings.Split(text, " ")
	for i := 0; i < len(words); i++ {
		name := strings.Trim(words[i], "/.,:;?")
		prefix := slices.ContainsFunc(Prefixes, func(p Prefix) bool { return p.Name == name })
		if !prefix && LookupVerb(name) == nil {
			continue
		}
		words[i] = "/" + strings.ToLower(strings.TrimPrefix(words[i], "/"))
		if prefix {
			i += 2 // its own word, and the command
		}
	}
	return strings.Join(words, " ")
}

// placeholder is a field in words for people, with the words that are left out with it.
var placeholder = regexp.MustCompile(`(?:\[([^{]*))?\{(\w+)\}\]?`)

// fill puts the line's fields into words.
func (l *Line) fill(words string) string {
	return placeholder.ReplaceAllStringFunc(words, func(found string) string {
		part := placeholder.FindStringSubmatch(found)
		value := l.wordFor(part[2])
		switch {
		case value != "":
			return part[1] + value
		case found[0] == '[' || part[2] == "text":
			return ""
		}
		return "none"
	})
}

func (l *Line) wordFor(name string) string {
	switch v := l.field(name).(type) {
	case *uint64:
		return strconv.FormatUint(*v, 10)
	case *string:
		if since, err := time.Parse(TimeLayout, *v); err == nil && name == "since" {
			return since.Local().Format("2 January 2006 15:04")
		}
		return *v
	}
	return zone(time.Now()) // {zone} is no field
}

// zone returns the name of the server's time zone.
func zone(now time.Time) string {
	name, offset := now.Local().Zone()
	if offset == 0 {
		return name
	}
	return fmt.Sprintf("%s (UTC%+03d:%02d)", name, offset/3600, max(offset, -offset)/60%60)
}

// DayLine returns the line that begins a day in a conversation, of the form f, or nothing
// where the form is not for people or both times are of one day.
func DayLine(dst []byte, f Form, before, now time.Time) []byte {
	if !f.IsPeople() {
		return dst
	}
	before, now = before.Local(), now.Local()
	if before.YearDay() == now.YearDay() && before.Year() == now.Year() {
		return dst
	}
	return f.appendEnd(now.AppendFormat(append(dst, "-- "...), "Monday, 2 January 2006"))
}
