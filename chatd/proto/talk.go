package proto

import "strings"

// talkText returns the text of a line that is a POST in talk.
func talkText(line string, reading Reading) (text string, ok bool) {
	if reading == Commands {
		return "", false
	}
	if strings.HasPrefix(line, "//") {
		return line[1:], true
	}
	return line, !strings.HasPrefix(line, "/")
}

// parseTalk makes a line of talk a POST. One that begins as a command with a password does
// is refused: whoever forgets the slash must not post it.
func (c Command) parseTalk(text string) (Command, *Verb, error) {
	word, _ := cutWord(text)
	if v := LookupVerb(upper(word)); v != nil && v.Secret {
		c.Verb = v.Name
		return c, nil, refuse(BadArguments, "a line that begins with %s is not posted, for it may have a password; the command is /%s", strings.ToLower(v.Name), v.Form())
	}
	c.Verb, c.Text = "POST", Clean(text)
	verb := LookupVerb("POST")
	return c, verb, c.checkText(verb)
}

// ircVerbs is what IRC's clients call the commands of this protocol.
var ircVerbs = map[string]string{"J": "JOIN", "LIST": "ROOMS", "MSG": "TELL", "NAMES": "WHO", "PART": "LEAVE", "PRIVMSG": "TELL", "QUERY": "TELL"}

// fromIRC reads the verb, and the words in rest, as IRC's clients write them: other verbs, a
// # before a room, the room of a command as its first word, and a reason for leaving, which
// is left out.
func (c *Command) fromIRC(rest string) string {
	if verb, ok := ircVerbs[c.Verb]; ok {
		c.Verb = verb
	}
	word, more := cutWord(rest)
	room, isRoom := strings.CutPrefix(word, "#")
	switch {
	case word == "":
	case c.Verb == "JOIN":
		return " " + room + more
	case c.Verb == "LEAVE":
		return " " + room
	case c.Verb == "WHO" && c.Room == "", c.Verb == "TOPIC" && isRoom && c.Room == "":
		c.Room = room
		return more
	case c.Verb == "TELL" && isRoom && c.Room == "":
		c.Verb, c.Room = "POST", room
		return more
	}
	return rest
}

// TakesPasswordNext reports whether the line after this one is a password: this one, as a
// command, is LOGIN with at most one word, or REGISTER or PASSWD with none. Only the words
// count, so the line may be wrong in every other way, and in talk needs no slash
// (protocol.md, "Passwords"). Of an admin's PASSWD the word is a name.
func TakesPasswordNext(line []byte, admin bool) bool {
	if !mayBeginSecret(line) {
		return false
	}
	var c Command
	rest, _ := strings.CutPrefix(strings.TrimLeft(string(line), " \t"), "/")
	rest, _ = c.parsePrefixes(rest)
	word, rest := cutWord(rest)
	v := LookupVerb(upper(word))
	if v == nil || !v.Secret {
		return false
	}
	words := v.Max
	if admin && v.Name == "PASSWD" {
		words = 1
	}
	for range words {
		_, rest = cutWord(rest)
	}
	return strings.Trim(rest, " \t") == ""
}

// mayBeginSecret reports whether a line may begin with LOGIN, REGISTER, PASSWD, IN or ONCE.
// Most lines are posts, and are not to be parsed twice.
func mayBeginSecret(line []byte) bool {
	for len(line) > 0 && (line[0] == ' ' || line[0] == '\t' || line[0] == '/') {
		line = line[1:]
	}
	if len(line) < len("IN") {
		return false
	}
	switch line[0] | 0x20 {
	case 'l', 'r', 'i':
		return true
	case 'o':
		return line[1]|0x20 == 'n'
	case 'p':
		return line[1]|0x20 == 'a'
	}
	return false
}
