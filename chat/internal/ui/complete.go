package ui

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// A completer has what can be completed: the loop publishes it, and the prompt
// reads it without waiting.
type completer struct {
	choices    atomic.Pointer[choices]
	wantsRooms chan struct{} // has an element when Tab has completed a room
}

// choices is what the loop knows. The loop replaces it and never changes it; what
// takes time is done when Tab is pressed.
type choices struct {
	session client.Session
	room    string // the current one; "": none
	help    []proto.Line
	rooms   []string // of the server
	nicks   nicks    // of the current room
	recent  nicks    // who has written, in any room or in private
	ignored []string // nicks

	posts    bool // a line without a slash is a post
	insecure bool // no password is sent
}

// publish lets the prompt complete what there is now.
func (u *ui) publish() {
	room := u.route.current
	u.completer.choices.Store(&choices{
		session: u.session, room: room, help: u.help, rooms: u.listed, nicks: u.room(room).nicks, recent: u.recent, ignored: slices.Sorted(maps.Values(u.ignored)),
		posts: u.route.postsLines(), insecure: u.config.Insecure,
	})
}

// commands are those that the state allows, INIT or IN_ROOM.
func (c *choices) commands() []string {
	return slices.DeleteFunc(commandNames(c.help), func(name string) bool {
		if row := commandNamed(name); row != nil {
			name = row.name
		}
		verb := proto.LookupVerb(strings.ToUpper(name))
		return !c.inRoom() && verb != nil && verb.States&proto.Init == 0
	})
}

func (c *choices) inRoom() bool { return c.room != "" }

// others are the nicks of the room without the person's own.
func (c *choices) others() nicks { return c.nicks.without(c.session.Nick) }

// tellNicks are those to whom a private line may go: whoever wrote last comes first,
// then the others of the room.
func (c *choices) tellNicks() nicks {
	all := slices.Clone(c.recent)
	for _, nick := range c.nicks {
		if !slices.Contains(c.recent, nick) {
			all = append(all, nick)
		}
	}
	return all.without(c.session.Nick)
}

// complete is what the prompt calls when Tab is pressed.
func (w *completer) complete(line string, pos int) (head string, candidates []string, tail string) {
	runes := []rune(line)
	before := string(runes[:pos])
	start := strings.LastIndexAny(before, " \t") + 1
	c := w.choices.Load()
	if c.kindOf(before[:start]) == wordRoom {
		select {
		case w.wantsRooms <- struct{}{}:
		default:
		}
	}
	return before[:start], c.candidates(before[:start], before[start:]), string(runes[pos:])
}

// kindOf returns what the word after these stands for.
func (c *choices) kindOf(before string) wordKind {
	fields := strings.Fields(before)
	if len(fields) != 1 || c.inRoom() && !startsWithSlash(before) {
		return wordAny
	}
	if row := commandNamed(strings.TrimPrefix(fields[0], "/")); row != nil {
		return row.argument
	}
	if strings.EqualFold(fields[0], "/in") {
		return wordRoom
	}
	return wordAny
}

// candidates returns what a word can be completed to; before is the line up to it.
func (c *choices) candidates(before, word string) []string {
	first := strings.TrimSpace(before) == ""
	name, slash := strings.CutPrefix(word, "/")
	switch {
	case first && slash:
		return matching(c.commands(), name, "/", " ")
	case first && !c.inRoom():
		return matching(c.commands(), word, "", " ")
	case first:
		return matching(c.others(), word, "", ": ")
	}
	switch c.kindOf(before) {
	case wordRoom:
		return matching(c.rooms, word, "", " ")
	case wordJoinedRoom:
		return matching(slices.Sorted(slices.Values(c.session.Rooms)), word, "", " ")
	case wordNick:
		return matching(c.tellNicks(), word, "", " ")
	case wordIgnored:
		return matching(c.ignored, word, "", " ")
	case wordCommand:
		return matching(c.commands(), word, "", " ")
	case wordSetting:
		return matching([]string{"bell", "joins", "echo", "presence"}, word, "", " ")
	}
	if values := settingValues(before); values != nil {
		return matching(values, word, "", "")
	}
	return matching(c.others(), word, "", " ")
}

// settingValues returns the values of the setting that /set is to change.
func settingValues(before string) []string {
	fields := strings.Fields(strings.ToLower(before))
	switch {
	case len(fields) != 2 || strings.TrimPrefix(fields[0], "/") != "set":
		return nil
	case fields[1] == "bell":
		return []string{bellOff, bellOn, bellAll}
	}
	return []string{"on", "off"}
}

// matching returns the words with a prefix, in any case, each between before and
// behind.
func matching(all []string, begin, before, behind string) []string {
	var found []string
	for _, word := range all {
		if len(word) >= len(begin) && strings.EqualFold(word[:len(begin)], begin) {
			found = append(found, before+word+behind)
		}
	}
	return found
}
