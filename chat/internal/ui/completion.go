package ui

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// roomsFor is how long a list of rooms is good enough for completion.
const roomsFor = 10 * time.Second

// A Completer knows what can be completed. It never waits for the server: a
// list that has grown old is used, and asked for anew. Make it with
// NewCompleter; any goroutine may call its methods.
type Completer struct {
	stale chan struct{} // has one element when the list of rooms is to be renewed

	mu      sync.Mutex
	current string
	joined  []string
	nick    string
	rooms   []string
	listed  time.Time           // when rooms was asked for
	members map[string][]string // by room, who has spoken last first
	private []string            // of TELLs, the last first
}

// NewCompleter returns a Completer that knows no room and no nick yet.
func NewCompleter() *Completer {
	return &Completer{stale: make(chan struct{}, 1), members: map[string][]string{}}
}

// Complete is for console.Options.
func (c *Completer) Complete(line string, pos int) (head string, candidates []string, tail string) {
	runes := []rune(line)
	typed, tail := string(runes[:pos]), string(runes[pos:])
	head = typed[:strings.LastIndexAny(typed, " \t")+1]
	word := typed[len(head):]
	c.mu.Lock()
	defer c.mu.Unlock()
	candidates = c.candidates(strings.TrimLeft(head, " \t"), word)
	return head, candidates, tail
}

// candidates returns what may stand in place of word, behind before.
func (c *Completer) candidates(before, word string) []string {
	bare := c.current == ""
	if before == "" && (bare || strings.HasPrefix(word, "/")) && !strings.HasPrefix(word, "//") {
		return c.verbs(word)
	}
	if before == "" {
		return matching(c.nicks(), word, ": ")
	}
	verb, rest, _ := strings.Cut(before, " ")
	name, slash := strings.CutPrefix(strings.ToLower(verb), "/")
	if !slash && !bare {
		return matching(c.nicks(), word, " ")
	}
	return c.arguments(cmp.Or(aliases[name], name), strings.Fields(rest), word)
}

// arguments returns what may follow a command and the words behind it.
func (c *Completer) arguments(verb string, words []string, word string) []string {
	first := len(words) == 0
	switch {
	case first && (verb == "join" || verb == "in"):
		c.renew()
		return matching(c.rooms, word, " ")
	case first && verb == "leave":
		return matching(c.joined, word, "")
	case first && verb == "help":
		return matching(c.verbNames(proto.AnyState), word, "")
	case first && verb == "set":
		return matching([]string{"bell", "joins", "echo", "presence"}, word, " ")
	case verb == "set" && len(words) == 1 && words[0] == "bell":
		return matching(bells, word, "")
	case verb == "set" && len(words) == 1:
		return matching([]string{"on", "off"}, word, "")
	case verb == "in" && len(words) == 1:
		return matching([]string{"post", "me", "who", "topic", "history", "search"}, word, " ")
	case verb == "search" && strings.HasPrefix(word, "from:"):
		return matching(prefixed("from:", c.nicks()), word, " ")
	case verb == "search", verb == "rooms", verb == "create", verb == "nick", verb == "quit":
		return nil
	}
	return matching(c.nicks(), word, " ")
}

// verbs completes the name of a command, with or without its slash.
func (c *Completer) verbs(word string) []string {
	states := proto.InRoom
	if c.current == "" {
		states = proto.Init
	}
	name, slash := strings.CutPrefix(word, "/")
	found := matching(c.verbNames(states), name, " ")
	if slash {
		return prefixed("/", found)
	}
	return found
}

// verbNames lists the commands that a state allows.
func (c *Completer) verbNames(states proto.States) []string {
	var names []string
	for i := range proto.Verbs {
		v := &proto.Verbs[i]
		if v.States&states != 0 && v.Name != "PASTE" && v.Name != "FORMAT" {
			names = append(names, strings.ToLower(v.Name))
		}
	}
	for _, o := range owns() {
		if !slices.Contains(names, o.name) {
			names = append(names, o.name)
		}
	}
	names = append(names, "in")
	if states&proto.InRoom != 0 {
		names = append(names, "msg", "part")
	}
	slices.Sort(names)
	return names
}

// nicks lists those of the current room, who has spoken last first, then those
// of private lines.
func (c *Completer) nicks() []string {
	var nicks []string
	for _, nick := range slices.Concat(c.members[c.current], c.private) {
		if nick != c.nick && !slices.Contains(nicks, nick) {
			nicks = append(nicks, nick)
		}
	}
	return nicks
}

// renew has the list of rooms asked for anew if it is old. The mutex is held.
func (c *Completer) renew() {
	if time.Since(c.listed) < roomsFor {
		return
	}
	select {
	case c.stale <- struct{}{}:
	default:
	}
}

// matching returns those that begin with word, in any case, each with end
// behind it.
func matching(all []string, word, end string) []string {
	var found []string
	n := utf8.RuneCountInString(word)
	for _, name := range all {
		if runes := []rune(name); len(runes) >= n && strings.EqualFold(string(runes[:n]), word) {
			found = append(found, name+end)
		}
	}
	return found
}

func prefixed(prefix string, words []string) []string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = prefix + word
	}
	return all
}

// change changes what is known.
func (c *Completer) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *Completer) setState(current string, joined []string, nick string) {
	c.change(func() { c.current, c.joined, c.nick = current, joined, nick })
}

func (c *Completer) setRooms(names []string) {
	c.change(func() { c.rooms, c.listed = names, time.Now() })
}

// setMembers notes who is in a room; those who have spoken stay in front.
func (c *Completer) setMembers(room string, nicks []string) {
	c.change(func() {
		kept := slices.DeleteFunc(slices.Clone(c.members[room]), func(nick string) bool { return !slices.Contains(nicks, nick) })
		for _, nick := range nicks {
			if !slices.Contains(kept, nick) {
				kept = append(kept, nick)
			}
		}
		c.members[room] = kept
	})
}

func (c *Completer) forget(room string) { c.change(func() { delete(c.members, room) }) }

func (c *Completer) speaks(room, nick string) {
	c.change(func() { c.members[room] = toFront(c.members[room], nick) })
}

func (c *Completer) tells(nick string) {
	c.change(func() { c.private = toFront(c.private, nick) })
}

func (c *Completer) comes(room, nick string) {
	c.change(func() {
		if !slices.Contains(c.members[room], nick) {
			c.members[room] = append(c.members[room], nick)
		}
	})
}

func (c *Completer) goes(room, nick string) {
	c.change(func() { c.members[room] = without(c.members[room], nick) })
}

func (c *Completer) renames(room, old, nick string) {
	c.change(func() {
		if i := slices.Index(c.members[room], old); i >= 0 {
			c.members[room][i] = nick
		}
	})
}

// mostNicks is how many nicks of a room are kept.
const mostNicks = 2000

func toFront(nicks []string, nick string) []string {
	if len(nicks) > 0 && nicks[0] == nick {
		return nicks
	}
	nicks = append([]string{nick}, without(nicks, nick)...)
	return nicks[:min(len(nicks), mostNicks)]
}

func without(nicks []string, nick string) []string {
	return slices.DeleteFunc(nicks, func(other string) bool { return other == nick })
}
