package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// TestPostAgain: posts whose answer was lost are sent again, in order and with
// their keys, before those that had not been sent.
func TestPostAgain(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		one := s.post("", "one")
		key1 := p.hearPost("go", "one")
		two := s.post("Ops", "two")
		key2 := p.hearPost("Ops", "two")
		p.say(msg("go", 1, s.client.Session().Nick, "one"))
		s.wants("MSG go 1 guest-1 one")
		p.cut()
		s.wants("IN_ROOM → lost: EOF")
		three := s.post("", "three")
		s.wants("lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 1")
		p.say(past("go", 2, "bob", "two"), ok("JOIN", "room", "go", "members", 1, "seq", 2))
		s.wants("past MSG go 2 bob two", "connecting → IN_ROOM in go")
		if again := p.hearPost("go", "one"); again != key1 {
			s.Errorf("one is sent again with the key %s, first %s", again, key1)
		}
		if again := p.hearPost("Ops", "two"); again != key2 || key1 == key2 {
			s.Errorf("two is sent again with the key %s, first %s", again, key2)
		}
		p.hearPost("go", "three")
		p.say(ok("POST", "room", "go", "seq", 1), ok("POST", "room", "Ops", "seq", 9), msg("go", 3, "guest-1", "three"), ok("POST", "room", "go", "seq", 3))
		for want, wait := range map[uint64]func() (uint64, error){1: one, 9: two, 3: three} {
			if seq, err := wait(); seq != want || err != nil {
				s.Errorf("posted as %d, %v, want %d", seq, err, want)
			}
		}
		s.wants("MSG go 3 guest-1 three")
		p.answerQuit()
	})
}

// TestStoreFails: a post that the store has refused is sent again with its key,
// after a pause in which no other post goes out.
func TestStoreFails(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		one, two := s.post("go", "one"), s.post("go", "two")
		key1, key2 := p.hearPost("go", "one"), p.hearPost("go", "two")
		p.say(refusing("POST", proto.Unknown), refusing("POST", proto.StoreFailed))
		synctest.Wait()
		began := time.Now()
		three := s.post("go", "three")
		ping := s.do("PING")
		p.expect("PING") // does not wait
		p.say(ok("PING"))
		_, _ = ping()
		for pause := time.Second; pause <= 3*time.Second; pause += time.Second {
			if got := p.hearPost("go", "one"); got != key1 || time.Since(began) != pause {
				s.Errorf("one is sent again after %v with %s, want %v and %s", time.Since(began), got, pause, key1)
			}
			if got := p.hearPost("go", "two"); got != key2 {
				s.Errorf("two is sent again with %s, want %s", got, key2)
			}
			p.hearPost("go", "three")
			if pause == 3*time.Second {
				break
			}
			for range 3 {
				p.say(refusing("POST", proto.StoreFailed))
			}
			began = time.Now()
		}
		for seq := 1; seq <= 3; seq++ {
			p.say(ok("POST", "room", "go", "seq", seq))
		}
		for i, wait := range []func() (uint64, error){one, two, three} {
			if seq, err := wait(); seq != uint64(i+1) || err != nil {
				s.Errorf("posted as %d, %v", seq, err)
			}
		}
		p.answerQuit()
	})
}

// TestServerStops: a post that the server refuses because it stops is not stored: it
// is sent again with its key when there is a server again.
func TestServerStops(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		one := s.post("go", "one")
		key := p.hearPost("go", "one")
		p.say(refusing("POST", proto.Stopping), `{"type":"bye","code":"shutdown","text":"the server is stopping"}`)
		for range 40 { // for longer than a key is remembered
			s.refuse()
		}
		p = s.accept()
		p.greet()
		if again := p.hearPost("go", "one"); again != key {
			s.Errorf("it is sent again with the key %s, first %s", again, key)
		}
		p.say(ok("POST", "room", "go", "seq", 1))
		if seq, err := one(); seq != 1 || err != nil {
			s.Errorf("posted as %d, %v", seq, err)
		}
		p.answerQuit()
	})
}

// TestStoreFailsTooLong: the context bounds how often a post is sent again.
func TestStoreFailsTooLong(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		ctx, cancel := context.WithTimeout(s.Context(), 5*time.Second)
		defer cancel()
		posted := async(func() (uint64, error) { return s.client.Emote(ctx, "go", "waits") })
		for range 3 { // at 0, 1 and 3 seconds
			p.hear()
			p.say(refusing("ME", proto.StoreFailed))
		}
		_, err := posted()
		s.mustBe(err, context.DeadlineExceeded)
		p.answerQuit()
	})
}

// TestPostTooOld: a post that may be stored is not sent again when its key may
// be forgotten, although the store has refused it since; one that certainly is
// not stored is.
func TestPostTooOld(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		sent, refused := s.post("go", "sent"), s.post("go", "refused")
		p.hearPost("go", "sent")
		p.hearPost("go", "refused")
		p.say(refusing("POST", proto.Unknown), refusing("POST", proto.StoreFailed))
		p.hearPost("go", "sent")
		p.hearPost("go", "refused")
		p.say(refusing("POST", proto.StoreFailed), refusing("POST", proto.StoreFailed))
		synctest.Wait()
		p.cut()
		unsent := s.post("go", "unsent")
		for range 40 {
			s.refuse()
		}
		_, err := sent()
		s.mustBe(err, ErrLost)
		p = s.accept()
		p.greet()
		p.hearPost("go", "refused")
		p.hearPost("go", "unsent")
		p.say(ok("POST", "room", "go", "seq", 1), ok("POST", "room", "go", "seq", 2))
		for _, wait := range []func() (uint64, error){refused, unsent} {
			if _, err := wait(); err != nil {
				s.Error(err)
			}
		}
		p.answerQuit()
	})
}

// TestEchoOff: with echo off one's own posts are no events, not even when their
// answer was lost and they are brought back.
func TestEchoOff(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		set := async(func() (int, error) { return 0, s.client.Set(s.Context(), "echo", false) })
		p.expect("SET echo off")
		p.say(ok("SET", "name", "echo", "value", "off"))
		_, _ = set()
		p.join("go", 0)
		answered := s.post("", "answered")
		p.hearPost("go", "answered")
		p.say(ok("POST", "room", "go", "seq", 1))
		_, _ = answered()
		lost := s.post("GO", "lost")
		p.hearPost("GO", "lost")
		p.cut()
		s.wants("INIT → INIT with echo false", "INIT → IN_ROOM in go", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("SET echo off")
		p.say(ok("SET", "name", "echo", "value", "off"))
		p.expect("JOIN go AFTER 1")
		p.say(past("go", 2, "bob", "lost"), past("go", 3, "alice", "lost"), past("go", 4, "alice", "lost"),
			ok("JOIN", "room", "go", "members", 1, "seq", 4))
		s.wants("past MSG go 2 bob lost", "past MSG go 4 alice lost", "connecting → IN_ROOM in go")
		p.hearPost("GO", "lost")
		p.say(ok("POST", "room", "go", "seq", 3))
		if seq, err := lost(); seq != 3 || err != nil {
			s.Errorf("posted as %d, %v", seq, err)
		}
		p.answerQuit()
	})
}

// TestPaste: a PASTE is one command with its lines, and is sent again whole.
func TestPaste(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		pasted := async(func() (uint64, error) {
			return s.client.Paste(s.Context(), "go", []string{"one", ".two", "", "."})
		})
		first := p.hear()
		p.expect("one", "..two", "", "..", ".")
		p.say(`{"type":"send","room":"go","text":"lines"}`)
		p.cut()
		p = s.accept()
		p.greet()
		p.expect(first, "one", "..two", "", "..", ".")
		p.say(`{"type":"send","room":"go","text":"lines"}`, ok("PASTE", "room", "go", "seq", 5))
		if seq, err := pasted(); seq != 5 || err != nil {
			s.Errorf("pasted as %d, %v", seq, err)
		}
		p.answerQuit()
	})
}

// TestPostAsync: so many posts are under way, and no more; their order is that
// of the calls.
func TestPostAsync(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		const posts = postWindow + 10
		var postings []*Request
		filled := make(chan bool)
		go func() {
			for i := range posts {
				posting, err := s.client.PostAsync(s.Context(), "go", fmt.Sprint("line ", i))
				if err != nil {
					s.Error(err)
				}
				postings = append(postings, posting)
			}
			close(filled)
		}()
		for i := range postWindow {
			p.hearPost("go", fmt.Sprint("line ", i))
		}
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(s.Context())
		full := errors.New("it is full")
		cancel(full)
		if len(postings) != postWindow {
			s.Errorf("%d posts are under way", len(postings))
		}
		if _, err := s.client.PostAsync(ctx, "go", "one more"); !errors.Is(err, full) {
			s.Errorf("one more than there is room for: %v", err)
		}
		for i := range posts {
			p.say(ok("POST", "room", "go", "seq", i+1))
			if next := i + postWindow; next < posts {
				p.hearPost("go", fmt.Sprint("line ", next))
			}
		}
		<-filled
		for i, posting := range postings {
			<-posting.Done()
			if r, err := posting.Wait(s.Context()); r.OK.Seq != uint64(i+1) || err != nil {
				s.Errorf("line %d is number %d, %v", i, r.OK.Seq, err)
			}
		}
		if _, err := s.client.PostAsync(s.Context(), "go", "one\ntwo"); err == nil {
			s.Error("two lines were posted as one")
		}
		if _, err := s.client.PostAsync(s.Context(), "", "nowhere"); err == nil {
			s.Error("a post without a room was taken")
		}
		p.answerQuit()
		if _, err := s.client.PostAsync(s.Context(), "go", "late"); !errors.Is(err, ErrClosed) {
			s.Errorf("after the end: %v", err)
		}
	})
}
