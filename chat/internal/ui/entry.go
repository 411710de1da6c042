package ui

import (
	"strings"

	"linechat/chatd/proto"
)

// An entry is what a line that was entered means.
type entry struct {
	text string // to be posted, when verb is empty
	verb string // in lower case
	rest string // what stands behind the verb, without blanks at its ends
}

// read reads an entered line: in a room what has no slash is a post and //x
// posts /x; in none a line is a command, with a slash or without.
func read(line string, inRoom bool) (e entry, ok bool) {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "":
		return entry{}, false
	case strings.HasPrefix(line, "//"):
		return entry{text: line[1:]}, true
	case inRoom && !strings.HasPrefix(trimmed, "/"):
		return entry{text: line}, true
	}
	word := strings.TrimPrefix(trimmed, "/")
	rest := ""
	if i := strings.IndexAny(word, " \t"); i >= 0 {
		word, rest = word[:i], strings.TrimSpace(word[i:])
	}
	return entry{verb: strings.ToLower(word), rest: rest}, true
}

// aliases are other names of the server's verbs that people are used to.
var aliases = map[string]string{
	"part": "leave", "msg": "tell", "exit": "quit", "names": "who", "list": "rooms", "j": "join", "n": "nick",
}

// command returns the server's command that an entry means, for the room that
// is the current one.
func (e entry) command(room string) (proto.Command, error) {
	verb := e.verb
	if known, ok := aliases[verb]; ok {
		verb = known
	}
	c, row, err := proto.ParseCommand("/"+verb+" "+e.rest, proto.Commands)
	if err != nil {
		return c, err
	}
	if row.Room && c.Room == "" && verb != "in" {
		c.Room = room
	}
	return c, nil
}

// isSecret reports whether a line is not to be remembered: it has a key, or was
// begun with a blank.
func isSecret(line string, inRoom bool) bool {
	if strings.HasPrefix(line, " ") {
		return true
	}
	e, ok := read(line, inRoom)
	if !ok {
		return true
	}
	words := strings.Fields(e.rest)
	switch e.verb {
	case "nick", "n":
		return len(words) > 1
	case "login", "register", "passwd":
		return true
	}
	return false
}
