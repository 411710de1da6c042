package ui

import (
	"slices"
	"strings"

	"linechat/chatd/proto"
)

// A command is what people can type behind a slash. One of the server's needs a row
// only for what chat does otherwise than to send it and show the answer.
type command struct {
	name     string   // in lower case; for one of the server's it is the verb
	aliases  []string // other names
	usage    string   // its arguments, for /help; "", and about is, too: HELP has both
	about    string   // what it does, for /help
	argument wordKind // what Tab completes the first argument to

	run     func(u *ui, rest string)        // carries it out; nil: the server does
	send    func(u *ui, c proto.Command)    // sends it; nil: as it is
	rewrite func(rest string) (line string) // returns the line to be parsed instead; nil: none
}

// A wordKind is what an argument of a command stands for.
type wordKind uint8

const (
	wordAny        wordKind = iota
	wordRoom                // any of the server's
	wordJoinedRoom          // one that the person is in
	wordNick
	wordIgnored // a nick that is ignored
	wordCommand
	wordSetting
)

// commands is the table, in the order of /help.
func commands() []command {
	return []command{
		{name: "help", usage: "[command]", about: "lists the commands, or explains one", argument: wordCommand, run: (*ui).showHelp},
		{name: "join", argument: wordRoom, send: (*ui).join},
		{name: "leave", aliases: []string{"part"}, argument: wordJoinedRoom, send: (*ui).leave},
		{name: "rooms", aliases: []string{"list"}, argument: wordRoom, send: (*ui).showRooms},
		{name: "create", send: (*ui).create},
		{name: "who", aliases: []string{"names"}, usage: "[room]", about: "lists the members of a room", argument: wordRoom, rewrite: whoLine, send: (*ui).who},
		{name: "topic", send: (*ui).topic},
		{name: "post", send: (*ui).sendPost},
		{name: "me", send: (*ui).sendPost},
		{name: "paste", about: "posts the lines that follow as one post, up to a line with only .", run: (*ui).startPaste},
		{name: "tell", aliases: []string{"msg"}, argument: wordNick, send: (*ui).tell},
		{name: "history", send: (*ui).showPast},
		{name: "search", send: (*ui).showPast},
		{name: "nick", send: (*ui).changeNick},
		{name: "login", send: (*ui).sendPassword},
		{name: "register", send: (*ui).sendPassword},
		{name: "passwd", send: (*ui).sendPassword},
		{name: "logout", send: (*ui).sendAccount},
		{name: "keys", send: (*ui).sendAccount},
		{name: "sessions", send: (*ui).sendAccount},
		{name: "end", send: (*ui).sendAccount},
		{name: "unregister", send: (*ui).sendAccount},
		{name: "whois", argument: wordNick, send: (*ui).sendAccount},
		{name: "limits", send: (*ui).sendAccount},
		{name: "whoami", send: (*ui).whoami},
		{name: "ping", send: (*ui).ping},
		{name: "set", usage: "[bell off|on|all] [joins|echo|presence on|off]", about: "lists or changes your settings", argument: wordSetting, run: (*ui).set, send: (*ui).setServer},
		{name: "ignore", usage: "[nick]", about: "hides what a nick says and refuses its private lines, or lists those that are ignored", argument: wordNick, run: (*ui).ignore},
		{name: "unignore", usage: "nick", about: "shows again what a nick says", argument: wordIgnored, run: (*ui).unignore},
		{name: "quit", aliases: []string{"exit"}, about: "ends chat; so do Ctrl-D, and Ctrl-C twice", run: func(u *ui, _ string) { u.endInput() }},
	}
}

// commandNamed returns the row of a name or alias, in any case, or nil.
func commandNamed(name string) *command {
	name = strings.ToLower(name)
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name || slices.Contains(c.aliases, name) })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// hidden are commands of the server's that /help and Tab leave out, since only the
// client can use them.
var hidden = []string{"FORMAT", "ONCE", "TALK"}

// commandNames returns what can be typed: the names in the table, and what else the
// server's HELP lists.
func commandNames(help []proto.Line) []string {
	var names []string
	for _, c := range commands() {
		names = append(append(names, c.name), c.aliases...)
	}
	return append(names, serverOnly(help)...)
}

// serverOnly returns what the server's HELP lists and the table has not.
func serverOnly(help []proto.Line) (names []string) {
	for i := range help {
		if verb := help[i].Verb; !slices.Contains(hidden, verb) && commandNamed(verb) == nil {
			names = append(names, strings.ToLower(verb))
		}
	}
	return names
}
