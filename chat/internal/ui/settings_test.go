package ui

import (
	"testing"

	"linechat/chatd/proto"
)

// TestSet: settings of chat's own are changed at once, the others by the server.
func TestSet(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for _, c := range [][2]string{ // typed, printed
			{"/set bell all", "-- bell is all"},
			{"/set BELL Off", "-- bell is off"},
			{"/set bell on", "-- bell is on"},
			{"/set joins off", "-- joins is off"},
			{"/set joins on", "-- joins is on"},
			{"/set bell", "! /set bell takes off, on or all"},
			{"/set bell loud", "! /set bell takes off, on or all"},
			{"/set bell on on", "! /set bell takes off, on or all"},
			{"/set joins", "! /set joins takes on or off"},
			{"/set joins all", "! /set joins takes on or off"},
		} {
			s.enter(c[0])
			s.sees(c[1])
		}
		s.enter("/set presence off")
		if c := s.answer("SET", proto.Line{Verb: "SET", Name: "presence", Value: "off"}); c.Words[0] != "presence" || c.Words[1] != "off" {
			t.Errorf("asked for is %q", c.Words)
		}
		s.sees("-- presence is off")
		s.enter("/set")
		s.answer("SET", proto.Line{Verb: "SET"}, proto.Line{Type: proto.SETTING, Name: "echo", Value: "on"}, proto.Line{Type: proto.SETTING, Name: "talk", Value: "off"})
		s.sees("-- bell on (off; on: for mentions and private lines; all)", "-- joins on (who comes and goes)", "-- echo on")
	})
}

// TestEcho: without echo, one's own posts are shown when they are answered.
func TestEcho(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/set echo off")
		s.answer("SET", proto.Line{Verb: "SET", Name: "echo", Value: "off"})
		s.enter("hello")
		s.answer("POST", proto.Line{Verb: "POST", Room: "go", Seq: 1})
		s.enter("/me waves")
		s.answer("ME", proto.Line{Verb: "ME", Room: "go", Seq: 2})
		s.sees("-- echo is off", "00:00 <alice> hello", "00:00 * alice waves")
		s.enter("/set echo on")
		s.answer("SET", proto.Line{Verb: "SET", Name: "echo", Value: "on"})
		s.enter("again")
		s.answer("POST", proto.Line{Verb: "POST", Room: "go", Seq: 3})
		s.sees("-- echo is on")
	})
}
