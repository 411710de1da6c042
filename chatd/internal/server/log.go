package server

import (
	"net"
	"strings"
	"time"

	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/repeats"
	"linechat/chatd/proto"
)

// What one origin may cause many of.
var (
	furtherEnds = &repeats.Kind{Summary: "further sessions ended", Single: 10}
	refusals    = &repeats.Kind{Summary: "connections refused"}
)

// logEnd logs the end of the session. All its goroutines but this one have ended.
func (s *session) logEnd(why *closeReason) {
	config := &s.server.config
	config.Meter.SessionEnded(why.code)
	if !config.Repeats.Single(furtherEnds, s.address().String(), why.code) {
		return
	}
	account := ""
	if s.account != 0 {
		account = s.nick.Shown
	}
	config.Log.Info("session ended", "reason", why.code, "session", s.id, "nick", s.nick.Shown, "account", account,
		"door", s.identity().Door, "peer", s.peer(),
		"lines_in", s.lines, "bytes_in", s.bytes.Load(), "bytes_out", s.writer.Written.Load(), "for_ms", time.Since(s.since).Milliseconds())
}

// logRefusal counts a connection that there was no place for.
func (srv *Server) logRefusal(c net.Conn) {
	srv.config.Meter.ConnectionRefused("all")
	_ = srv.config.Repeats.Single(refusals, listener.OriginOf(c).String(), "connections")
}

// peer returns the address of the session's peer.
func (s *session) peer() string {
	if tcp, ok := s.conn.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.String()
	}
	return "local" // a Unix socket has no name for it
}

// audit logs what an admin has done beyond what guests may, and what came of it: err, which
// it returns.
func (s *session) audit(c *proto.Command, v *proto.Verb, err error) error {
	if s.role == proto.Admin && v.Role > proto.Guest {
		s.server.config.Log.Info("admin act", "uid", s.identity().UID, "session", s.id, "command", auditable(c, v), "err", err)
	}
	return err
}

// auditable returns a command without what no log is to have: a password, and what was given
// as the line of a public key, which may be another line by mistake.
func auditable(c *proto.Command, v *proto.Verb) string {
	words := append([]string{v.Name}, c.Words...)
	switch text := strings.Fields(c.Text); {
	case v.Secret:
	case v.Name == "KEYS" && len(text) > 2 && strings.EqualFold(text[1], "ADD"):
		words = append(words, text[:2]...)
		if key, err := parseKey(strings.Join(text[2:], " ")); err == nil {
			words = append(words, key.Fingerprint)
		}
	default:
		words = append(words, text...)
	}
	return strings.Join(words, " ")
}
