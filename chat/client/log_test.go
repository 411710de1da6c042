package client

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// logTo returns a logger that writes to b, without times.
func logTo(b *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "time" || a.Key == "next" {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestLog: what a client says of its connections, nick and rooms.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	play(t, Config{Server: "there", Nick: "alice", Log: logTo(&log, slog.LevelInfo)}, func(s *fixture) {
		p := s.start()
		p.join("a", 1)
		p.join("b", 2)
		p.join("c", 3)
		p.cut()
		s.refuse()
		p = s.accept()
		p.say("HELLO chatd/1 guest-2 Type HELP")
		p.expect("FORMAT json")
		p.say(ok("FORMAT", "format", "json"))
		p.expect("NICK alice key")
		p.say(refusing("NICK", proto.NickTaken))
		p.expect("JOIN a AFTER 1", "JOIN b AFTER 2", "JOIN c AFTER 3")
		p.say(refusing("JOIN", proto.NoSuchRoom), refusing("JOIN", proto.BadPosition), refusing("JOIN", proto.BadPosition))
		p.expect("JOIN b")
		p.say(ok("JOIN", "room", "b", "members", 1, "seq", 1))
		p.expect("JOIN c")
		p.say(ok("JOIN", "room", "c", "members", 1, "seq", 3)) // it has come as far meanwhile
		s.wants("INIT → IN_ROOM in a", "IN_ROOM → IN_ROOM in a, b", "IN_ROOM → IN_ROOM in a, b, c", "IN_ROOM → lost: EOF")
		for e := range s.client.Events() {
			if change, ok := e.(StateChange); ok && change.To.State == InRoom {
				break
			}
		}
		p.answerQuit()
	})
	want := `
level=INFO msg=connecting server=there
level=INFO msg=connected nick=alice rooms=[]
level=WARN msg="no connection" err=EOF
level=INFO msg=connecting server=there
level=WARN msg="no connection" err=refused
level=INFO msg=connecting server=there
level=WARN msg="nick refused, going on as a guest" nick=alice err="nick-taken: no"
level=WARN msg="room lost" room=a err="no-such-room: no"
level=WARN msg="resumption refused" room=b after=2 err="bad-position: no"
level=WARN msg="room joined anew" room=b head=1
level=WARN msg="resumption refused" room=c after=3 err="bad-position: no"
level=WARN msg="room joined anew" room=c head=3
level=INFO msg=connected nick=guest-2 rooms="[b c]"
level=INFO msg=ended err="client: closed"
`
	if got := log.String(); got != want[1:] {
		t.Errorf("logged\n%swant%s", got, want)
	}
}

// TestLogHasVerbsAndCodes: at level Debug each command and each answer is logged, and
// nothing of what people write, nor a key: not even where the server breaks a line.
func TestLogHasVerbsAndCodes(t *testing.T) {
	var log bytes.Buffer
	play(t, Config{Log: logTo(&log, slog.LevelDebug)}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		wait := async(func() (uint64, error) { return s.client.Paste(s.Context(), "go", []string{"secret", "secret"}) })
		p.hear()
		p.expect("secret", "secret", ".")
		p.say(refusing("PASTE", proto.TooLong))
		_, err := wait()
		s.mustBe(err, TooLong)
		nick := s.do("NICK", "alice", "secret")
		p.expect("NICK alice secret")
		p.say(msg("go", 1, "bob", "secret"), `{"type":"tell","nick":"bob","text":"secret"}`, ok("NICK", "nick", "alice"))
		_, _ = nick()
		p.say(`{"type":"msg","text":"secret"`)
		s.wants("INIT → IN_ROOM in go", "MSG go 1 bob secret", "TELL bob secret", "IN_ROOM → IN_ROOM in go as alice",
			"IN_ROOM → lost: "+ErrProtocol.Error()+": a line of 29 bytes is not of it")
	})
	want := `
level=DEBUG msg=command verb=FORMAT
level=DEBUG msg=answer verb=FORMAT code=OK
level=INFO msg=connected nick=guest-1 rooms=[]
level=DEBUG msg=command verb=JOIN
level=DEBUG msg=answer verb=JOIN code=OK
level=DEBUG msg=command verb=PASTE
level=DEBUG msg=answer verb=PASTE code=too-long
level=DEBUG msg=command verb=NICK
level=DEBUG msg=answer verb=NICK code=OK
`
	if got := log.String(); !strings.Contains(got, want[1:]) || strings.Contains(got, "secret") || !strings.Contains(got, "29 bytes") {
		t.Errorf("logged\n%swant%s", got, want)
	}
}
