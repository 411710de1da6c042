package server

import "linechat/chatd/proto"

// A handler carries out one command that has passed its row's checks. It ends
// the answer with ok, or returns the error that ends it.
type handler func(*session, *proto.Command) error

// handlers has the handler of each row of proto.Verbs.
var handlers = map[string]handler{
	"HELP":    (*session).help,
	"WHOAMI":  (*session).whoami,
	"PING":    (*session).ping,
	"QUIT":    (*session).quit,
	"NICK":    (*session).rename,
	"ROOMS":   (*session).rooms,
	"CREATE":  (*session).create,
	"JOIN":    (*session).join,
	"LEAVE":   (*session).part,
	"WHO":     (*session).who,
	"POST":    (*session).post,
	"ME":      (*session).me,
	"PASTE":   (*session).beginPaste,
	"TELL":    (*session).tell,
	"TOPIC":   (*session).topic,
	"HISTORY": (*session).history,
	"SEARCH":  (*session).search,
	"SET":     (*session).set,
	"FORMAT":  (*session).format,
}
