package telnet

import (
	"io"
	"testing"
)

func TestEcho(t *testing.T) {
	const (
		willEcho, wontEcho = "\xff\xfb\x01", "\xff\xfc\x01"
		doEcho, dontEcho   = "\xff\xfd\x01", "\xff\xfe\x01"
		nop                = "\xff\xf1"
	)
	type step struct{ does, sends string } // what is done: hide, show, or what the peer sends
	for _, test := range []struct {
		name  string
		steps []step
	}{
		{"agreed", []step{{nop, ""}, {"hide", willEcho}, {doEcho, ""}, {"show", wontEcho}, {dontEcho, ""}, {"hide", willEcho}}},
		{"refused", []step{{nop, ""}, {"hide", willEcho}, {dontEcho, ""}, {"show", ""}, {doEcho, wontEcho}}},
		{"a slow peer", []step{{nop, ""}, {"hide", willEcho}, {"show", ""}, {doEcho, wontEcho}, {dontEcho, ""}}},
		{"a slow peer that refuses", []step{{nop, ""}, {"hide", willEcho}, {"show", ""}, {dontEcho, ""}}},
		{"on, off and on again before an answer", []step{{nop, ""}, {"hide", willEcho}, {"show", ""}, {"hide", ""}, {doEcho, ""}, {"show", wontEcho}}},
		{"off and on again before an answer", []step{{nop, ""}, {"hide", willEcho}, {doEcho, ""}, {"show", wontEcho}, {"hide", ""}, {dontEcho, willEcho}, {doEcho, ""}}},
		{"twice", []step{{nop, ""}, {"hide", willEcho}, {"hide", ""}, {doEcho, ""}, {"hide", ""}, {"show", wontEcho}, {"show", ""}}},
		{"the peer turns it off", []step{{nop, ""}, {"hide", willEcho}, {doEcho, ""}, {dontEcho, wontEcho}, {dontEcho, ""}}},
		{"the peer asks for it", []step{{doEcho, wontEcho}, {dontEcho, ""}}},
		{"a peer that speaks no telnet", []step{{"hide", ""}, {"show", ""}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			input, answers := &script{err: io.EOF}, ""
			c := &Conn{Conn: input, Reply: func(answer []byte) { answers += string(answer) }}
			for i, s := range test.steps {
				answers = ""
				switch s.does {
				case "hide":
					if hidden := c.HideTyping(); hidden != c.Active() {
						t.Errorf("step %d: hidden %v", i, hidden)
					}
				case "show":
					c.ShowTyping()
				default:
					input.chunks = append(input.chunks, s.does)
					_, _ = c.Read(make([]byte, 16))
				}
				if answers != s.sends {
					t.Errorf("step %d, %q, sends %q, want %q", i, s.does, answers, s.sends)
				}
			}
		})
	}
}
