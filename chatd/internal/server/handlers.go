package server

import "linechat/chatd/proto"

// A handler carries out one command that has passed its row's checks. It ends
// the answer with ok, or returns the error that ends it.
type handler struct {
	carryOut func(*session, *proto.Command) error
	brief    bool // it waits for nothing, or calls Block before
}

// handlers has the handler of each row of proto.Verbs.
var handlers map[string]handler

func init() { // not where it is declared, for the handlers lead back to it
	handlers = map[string]handler{
		"HELP":    {(*session).help, true},
		"WHOAMI":  {(*session).whoami, true},
		"PING":    {(*session).ping, true},
		"QUIT":    {(*session).quit, true},
		"NICK":    {(*session).rename, true},
		"ROOMS":   {(*session).rooms, false},
		"CREATE":  {(*session).create, true},
		"JOIN":    {(*session).join, true},
		"LEAVE":   {(*session).part, true},
		"WHO":     {(*session).who, false},
		"POST":    {(*session).post, true},
		"ME":      {(*session).me, true},
		"PASTE":   {(*session).beginPaste, true},
		"TELL":    {(*session).tell, true},
		"TOPIC":   {(*session).topic, false},
		"HISTORY": {(*session).history, false},
		"SEARCH":  {(*session).search, false},
		"SET":     {(*session).set, true},
		"FORMAT":  {(*session).format, true},
	}
}
