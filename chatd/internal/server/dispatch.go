package server

import (
	"bytes"
	"cmp"
	"fmt"

	"linechat/chatd/internal/conn"
	"linechat/chatd/proto"
)

// A handler carries out one command that has passed its row's checks. It ends the reply
// with replyOK, or returns the error that ends it.
type handler struct {
	run         func(*session, *proto.Command) error
	nonblocking bool // it waits for nothing, or calls Block before
}

// newHandlers returns the handler of each row of proto.Verbs.
func newHandlers() map[string]handler {
	return map[string]handler{
		"HELP":    {(*session).help, true},
		"WHOAMI":  {(*session).whoami, true},
		"PING":    {(*session).ping, true},
		"QUIT":    {(*session).quit, true},
		"NICK":    {(*session).rename, true},
		"ROOMS":   {(*session).listRooms, false},
		"CREATE":  {(*session).create, true},
		"JOIN":    {(*session).join, true},
		"LEAVE":   {(*session).leave, true},
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

		"TALK":       {(*session).talk, true},
		"REGISTER":   {(*session).register, true},
		"LOGIN":      {(*session).login, true},
		"LOGOUT":     {(*session).logout, true},
		"PASSWD":     {(*session).passwd, true},
		"KEYS":       {(*session).keys, true},
		"UNREGISTER": {(*session).unregister, true},
		"SESSIONS":   {(*session).listSessions, false},
		"END":        {(*session).endSession, false},
		"WHOIS":      {(*session).whois, false},
		"ACCOUNTS":   {(*session).accounts, false},
		"DROP":       {(*session).drop, false},
		"STATS":      {(*session).stats, false},
		"IGNORE":     {(*session).ignore, true},
		"UNIGNORE":   {(*session).unignore, true},
		"LIMITS":     {(*session).listLimits, true},
	}
}

// execLine carries out the line that sc has brought. It returns why the session ends, or
// nil.
func (s *session) execLine(sc *conn.Scanner) *closeReason {
	line := sc.Bytes()
	if s.lines++; !s.begun && len(line) > 0 {
		s.begun = true
		s.server.heard(s)
		if why := sniff(line, s.input.TooLong); why != nil {
			return why
		}
	}
	s.throttle(1)
	s.adoptLineEnd(s.input.End)
	if s.input.End == conn.CRLF || s.input.Conn.Active() {
		line = proto.Erase(line)
	}
	switch {
	case s.paste != nil:
		s.pasteLine(line)
	case s.asking != nil:
		s.passwordLine(line)
	case s.takesPasswordNext(line):
		s.askPassword(string(line))
	case s.input.TooLong:
		s.replyErr(proto.VerbOf(line, s.reading()), tooLong(s.input.Limit))
	default:
		s.exec(&sc.Command, string(line))
	}
	return nil
}

func tooLong(limit int) error {
	return &proto.Error{Code: proto.TooLong, Limit: uint64(limit),
		Text: fmt.Sprintf("a line may have at most %d bytes; send this one in parts, or as a PASTE", limit)}
}

// adoptLineEnd ends the server's lines in CR LF when the client ends its own so, or speaks
// telnet.
func (s *session) adoptLineEnd(e conn.LineEnd) {
	if form := s.out.Form.WithCRLF(); form != s.out.Form && (e == conn.CRLF || s.input.Conn.Active()) {
		s.out.Form = form
		s.out.Barrier(func() { s.writer.Options.Form = form })
	}
}

// exec parses one line into c, and carries it out or refuses it. Others wait for posts and
// for one other command.
func (s *session) exec(c *proto.Command, line string) {
	parsed, verb, err := proto.ParseCommand(line, s.reading())
	*c = parsed
	if verb != nil {
		s.throttle(verb.Cost - 1) // one was paid for the line
	}
	if err == nil && verb != nil {
		err = s.unfitAlone(c, verb)
	}
	if err != nil || verb == nil || !pipelined(verb) {
		s.countCommand()
	}
	switch {
	case err != nil:
		s.replyErr(c.VerbWord(), cmp.Or(s.hint(c, line), err))
	case verb != nil:
		if err := s.run(c, verb); err != nil {
			s.countCommand()
			s.replyErr(verb.Name, s.ErrorReply(err, subject(c, verb)))
		}
	}
}

// Refusals of what does not do as the one command of a connection.
var (
	errPasswordShows = &proto.Error{Code: proto.NotAllowed, Text: "a password in a command shows in the list of processes: leave it out, and send it as the line after the command"}
	errNothingComes  = &proto.Error{Code: proto.NotAllowed, Text: "nothing comes after this command that could have that form; ssh without a command begins a conversation, and ssh -T takes many lines"}
)

// unfitAlone returns why a command does not do where it is all that the connection is for,
// or nil.
func (s *session) unfitAlone(c *proto.Command, v *proto.Verb) error {
	switch {
	case !s.alone:
	case v.Secret && c.Text != "":
		return errPasswordShows
	case v.Name == "TALK", v.Name == "FORMAT":
		return errNothingComes // and its OK would not be known as one
	}
	return nil
}

// run checks a command against its row and carries it out.
func (s *session) run(c *proto.Command, v *proto.Verb) error {
	if err := s.allowed(c, v); err != nil {
		return err
	}
	h := s.server.handlers[v.Name]
	if !pipelined(v) {
		s.out.AwaitReplies()
	}
	if !h.nonblocking {
		s.Block()
	}
	if err := s.ctx.Err(); err != nil {
		return err // the session has ended while it waited
	}
	return s.audit(c, v, h.run(s, c))
}

// countCommand counts a command that is not a post, or one that is refused: others are not
// to wait for a second one.
func (s *session) countCommand() {
	if s.commands++; s.commands > 1 {
		s.Block()
	}
}

// pipelined reports whether commands of this verb may be under way together: the posts. A
// PASTE becomes one at its end only.
func pipelined(v *proto.Verb) bool { return v.Once && v.Text == proto.NeedsText }

// allowed checks a command against the states and the role of its row.
func (s *session) allowed(c *proto.Command, v *proto.Verb) error {
	state := proto.Init
	if s.rooms.current != nil || c.Room != "" {
		state = proto.InRoom
	}
	if v.States&state == 0 {
		return s.noRoom(c, v)
	}
	if s.role == proto.Guest && !v.Open && !s.server.config.Guests {
		return &proto.Error{Code: proto.LoginRequired, Text: "this server admits no guests: LOGIN name, or REGISTER if you have no account yet"}
	}
	switch {
	case s.role < v.Role && v.Role == proto.Account:
		return &proto.Error{Code: proto.NotAllowed, Text: v.Name + " is for accounts: LOGIN name first, or REGISTER makes your nick one"}
	case s.role < v.Role:
		return &proto.Error{Code: proto.NotAllowed, Text: v.Name + " is for " + v.Role.String() + "s"}
	}
	return nil
}

var errNoRoom = &proto.Error{Code: proto.NotInRoom, Text: "you are not in a room; JOIN one first, or put IN room before the command"}

// replyOK ends the reply to a command.
func (s *session) replyOK(l proto.Line) error {
	l.Type = proto.OK
	s.out.WriteLine(&l)
	s.out.EndReply()
	return nil
}

// replyErr answers a command with ERR. The body of a refused PASTE is passed over.
func (s *session) replyErr(verb string, err error) {
	e := s.ErrorReply(err, "")
	if verb == "PASTE" && s.paste == nil {
		more := *e
		more.Text += " (the lines up to a single . are skipped)"
		e = &more
		s.paste = &paste{refused: true}
	}
	line := s.errLine(verb, e)
	s.out.WriteLine(&line)
	s.out.EndReply()
}

// replyUnfinished answers what the end of the input has cut off.
func (s *session) replyUnfinished() {
	switch {
	case s.asking != nil:
		s.replyErr(proto.VerbOf([]byte(*s.asking), proto.Commands), &proto.Error{Code: proto.Unfinished, Text: "input ended before the password"})
	case s.paste != nil:
		s.abandonPaste(&proto.Error{Code: proto.Unfinished, Text: "input ended before the line of a single . that ends a PASTE; nothing was posted"})
	case s.input.InLine():
		partial := s.input.Partial()
		if len(bytes.Trim(partial, " \t\r")) > 0 {
			s.replyErr(proto.VerbOf(partial, s.reading()), &proto.Error{Code: proto.Unfinished, Text: "input ended inside this line, which was not carried out"})
		}
	}
}
