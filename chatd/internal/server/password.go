package server

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/listener"
	"linechat/chatd/proto"
)

// takesPasswordNext reports whether the line after this one is a password. A program that
// speaks JSON does not know of that if it is older, and its next command would be taken.
func (s *session) takesPasswordNext(line []byte) bool {
	admin := s.role == proto.Admin
	return (admin || !s.out.Form.IsJSON()) && proto.TakesPasswordNext(line, admin)
}

// noPassword returns the refusal of a command that has no password.
func (s *session) noPassword() error {
	text := "no password was given, and nothing was changed"
	if s.out.Form.IsJSON() {
		text += "; write it in the command"
	}
	return &proto.Error{Code: proto.BadPassword, Text: text}
}

// askPassword begins a command whose password is the next line, whatever that holds. The
// command is kept as it came, and carried out or refused after that line.
func (s *session) askPassword(line string) {
	s.asking = &line
	if !s.hideNextLine() {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: s.warnOfPassword()})
	}
	s.out.WriteLine(&proto.Line{Type: proto.SEND, Text: s.askFor(line)})
	s.out.EndReply()
	s.writer.Flush()
}

// askFor says what the line after a command is to be, and what an empty one does.
func (s *session) askFor(line string) string {
	if c, _, _ := proto.ParseCommand(line, s.reading()); c.Verb == "REGISTER" && identified(s.identity()) {
		return "type a password to log in with as well, or an empty line: your key is enough"
	}
	return "type the password; an empty line gives up"
}

// hideNextLine has the peer show nothing of its next line, and reports whether it can.
func (s *session) hideNextLine() bool {
	if editor, ok := s.conn.Conn.(listener.Editor); ok && s.identity().Terminal {
		editor.HideNext()
		return true
	}
	return s.input.Conn.HideTyping()
}

// warnOfPassword is what a person is told whose password will show.
func (s *session) warnOfPassword() string {
	if !s.secure() {
		return "this connection is not encrypted, so that no password is taken: give up with an empty line, and connect by TLS or ssh"
	}
	return "what you type next shows on your screen"
}

// passwordLine takes the line after a command that wanted a password.
func (s *session) passwordLine(line []byte) {
	asked := *s.asking
	s.asking = nil
	s.input.Conn.ShowTyping()
	s.countCommand()
	c, verb, err := proto.ParseCommand(asked, s.reading())
	switch {
	case err != nil:
	case s.input.TooLong:
		err = &proto.Error{Code: proto.TooLong, Limit: account.MaxPassword, Text: fmt.Sprintf("a password may have at most %d bytes", account.MaxPassword)}
	case !utf8.Valid(line):
		err = &proto.Error{Code: proto.BadUTF8, Text: "the password is not UTF-8; set your terminal or program to UTF-8"}
	default:
		if c.Text != "" { // an admin's PASSWD: the row takes the name for the text
			c.Words = []string{strings.TrimSpace(c.Text)}
		}
		c.Text = string(line)
		err = s.run(&c, verb)
	}
	if err != nil {
		s.replyErr(c.VerbWord(), s.ErrorReply(err, ""))
	}
}
