package client

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// TestEnds: what a client does not come back from.
func TestEnds(t *testing.T) {
	t.Run("replaced", func(t *testing.T) {
		play(t, Config{Nick: "alice"}, func(s *fixture) {
			p := s.start()
			posted := s.post("go", "x")
			p.hearPost("go", "x")
			p.say(`{"type":"bye","code":"replaced","text":"elsewhere"}`)
			_, err := posted()
			s.mustBe(err, ErrLost)
			s.mustBe(err, ErrReplaced)
			s.wants("BYE replaced elsewhere", "INIT → closed: "+ErrReplaced.Error(), "the end")
			s.mustBe(s.client.Close(), ErrReplaced)
		})
	})
	t.Run("not at all", func(t *testing.T) {
		play(t, Config{ReconnectTimeout: -1}, func(s *fixture) {
			s.start().cut()
			s.wants("INIT → closed: client: connection lost: EOF", "the end")
			s.mustBe(s.client.Err(), ErrLost)
		})
	})
	t.Run("in time", func(t *testing.T) {
		play(t, Config{ReconnectTimeout: 4 * time.Second}, func(s *fixture) {
			p := s.start()
			posted := s.post("go", "x")
			p.hearPost("go", "x")
			began := time.Now()
			p.cut()
			s.refuse()
			s.refuse()
			_, err := posted()
			s.mustBe(err, ErrLost)
			s.mustBe(s.client.Err(), ErrLost)
			if took := time.Since(began); took != 3*time.Second {
				s.Errorf("it took %v", took)
			}
			_, err = s.client.Do(s.Context(), proto.Command{Verb: "PING"})
			s.mustBe(err, ErrLost)
			s.wants("INIT → lost: EOF", "lost → connecting", "connecting → lost: refused", "lost → connecting", "connecting → closed: client: connection lost: refused", "the end")
		})
	})
	t.Run("closed while lost", func(t *testing.T) {
		play(t, Config{}, func(s *fixture) {
			p := s.start()
			p.cut()
			s.wants("INIT → lost: EOF")
			waiting := s.do("WHO")
			synctest.Wait()
			if err := s.client.Close(); err != nil {
				s.Errorf("Close: %v", err)
			}
			_, err := waiting()
			s.mustBe(err, ErrClosed)
		})
	})
	t.Run("closed while connecting", func(t *testing.T) {
		play(t, Config{}, func(s *fixture) {
			s.start().cut()
			s.wants("INIT → lost: EOF", "lost → connecting")
			p := s.accept()
			p.say("HELLO chatd/1 guest-1 Type HELP")
			if err := s.client.Close(); err != nil {
				s.Errorf("Close: %v", err)
			}
		})
	})
}

// A mutedConn fails to write once it is muted.
type mutedConn struct {
	net.Conn
	muted *atomic.Bool
}

func (c mutedConn) Write(b []byte) (int, error) {
	if c.muted.Load() {
		return 0, errors.New("muted")
	}
	return c.Conn.Write(b)
}

// TestWriteFails: what the server has said is read when nothing can be written any
// more, and soon the connection ends.
func TestWriteFails(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		var muted atomic.Bool
		dial := s.config.Dial
		s.config.Dial = func(ctx context.Context) (net.Conn, error) {
			n, err := dial(ctx)
			return mutedConn{n, &muted}, err
		}
		p := s.start()
		muted.Store(true)
		s.send("PING", "")
		synctest.Wait()
		failed := time.Now()
		p.say(`{"type":"notice","text":"soon"}`)
		s.wants("NOTICE soon", "INIT → lost: muted")
		if took := time.Since(failed); took != closeTimeout {
			t.Errorf("the connection has ended after %v", took)
		}
		p.cut()
	})
}

// TestByeOtherwise: a BYE of another reason than QUIT does not end the client, also
// while QUIT is under way; nor does one that says quit though nobody asked for it.
func TestByeOtherwise(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.say(`{"type":"bye","code":"quit","text":"good-bye"}`)
		s.wants("BYE quit good-bye", "INIT → lost: the server said BYE quit good-bye", "lost → connecting")
		p = s.accept()
		p.greet()
		s.wants("connecting → INIT")
		quit := s.do("QUIT")
		p.expect("QUIT")
		p.say(`{"type":"bye","code":"shutdown","text":"stopping"}`)
		_, err := quit()
		s.mustBe(err, ErrLost)
		s.wants("BYE shutdown stopping", "INIT → lost: the server said BYE shutdown stopping")
	})
}

// TestSilence: a server that says nothing is asked, and one that does not answer
// is left.
func TestSilence(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		began := time.Now()
		for range 3 {
			p.expect("PING")
			p.say(ok("PING"))
		}
		if took := time.Since(began); took != 3*pingInterval {
			s.Errorf("three PINGs came in %v", took)
		}
		p.expect("PING")
		s.wants("INIT → lost: the server has been silent for 1m0s")
		p.cut()
	})
}

// TestLostCommands: what was under way has failed, what was not sent is.
func TestLostCommands(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		sent := s.do("CREATE", "go")
		p.expect("CREATE go")
		p.cut()
		_, err := sent()
		s.mustBe(err, ErrLost)
		s.wants("INIT → lost: EOF")
		unsent := s.do("CREATE", "go")
		s.wants("lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("CREATE go")
		p.say(ok("CREATE", "room", "go"))
		if _, err := unsent(); err != nil {
			s.Error(err)
		}
		s.wants("connecting → INIT")
		p.answerQuit()
	})
}

// TestLostQuietly: of a connection that is tried in vain, while nobody takes
// events, one change is kept.
func TestLostQuietly(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.cut()
		for range 100 {
			s.refuse()
		}
		synctest.Wait()
		began := time.Now()
		s.wants("INIT → lost: EOF", "lost → connecting")
		e := (<-s.client.Events()).(StateChange)
		if e.To.State != Lost || e.Next.Sub(began) != 101*time.Second {
			s.Errorf("the last change is %s, %v", describe(e), e.Next.Sub(began))
		}
		s.wants("lost → connecting")
		p = s.accept()
		p.greet()
		s.wants("connecting → INIT")
		p.answerQuit()
	})
}
