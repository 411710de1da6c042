package server

import (
	"io"
	"net"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

// ask sends a command that takes the next line for its password, and reads SEND.
func ask(p *peer, line string) {
	p.t.Helper()
	p.send(line)
	p.want("NOTICE what you type next shows")
	p.want("SEND - ")
}

func TestPasswordIsTheNextLine(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		p := connect(t, srv)
		p.do("NICK alice", "OK NICK alice")
		ask(p, "REGISTER")
		p.do("POST hi there", "OK REGISTER alice") // whatever it holds
		ask(p, "passwd ")
		p.do("  blanks count ", "OK PASSWD alice")
		p.do("LOGOUT", "OK LOGOUT")
		ask(p, "LOGIN alice")
		p.do("blanks count", "ERR LOGIN bad-login")
		ask(p, "/login alice")
		p.do("  blanks count ", "OK LOGIN alice")
	})
}

// A program that speaks JSON writes its passwords in the commands, so the next line is no
// password but a command: those of older programs would become the password.
func TestNoPasswordIsTakenFromJSON(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		p := connect(t, srv)
		p.do("NICK alice", "OK NICK alice")
		p.do("FORMAT json", `{"type":"ok","verb":"FORMAT"`)
		p.do("REGISTER", `{"type":"err","verb":"REGISTER","code":"bad-password","text":"no password was given, and nothing was changed; write it in the command"`)
		p.do("LOGIN alice", `{"type":"err","verb":"LOGIN","code":"bad-password"`)
		p.do("PING after", `{"type":"ok","verb":"PING"`)
		p.do("REGISTER open sesame", `{"type":"ok","verb":"REGISTER"`)
		p.do("PASSWD", `{"type":"err","verb":"PASSWD","code":"bad-password"`)
		p.do("PING after", `{"type":"ok","verb":"PING"`)
	})
}

// All refusals come after the password, which none of them repeats.
func TestRefusalsComeAfterThePassword(t *testing.T) {
	long := strings.Repeat("hunter2 ", 200)
	for _, test := range []struct{ line, next, want string }{
		{"LOGIN", "hunter2hunter2", "ERR LOGIN bad-arguments"},
		{"LOGIN 0", "hunter2hunter2", "ERR LOGIN bad-name"},
		{"LOGIN alice", "hunter2hunter2", "ERR LOGIN bad-login"},
		{"LOGIN alice", "", "ERR LOGIN bad-password"},
		{"LOGIN alice", long, "ERR LOGIN too-long"},
		{"LOGIN alice", "hunter2\xff", "ERR LOGIN bad-utf8"},
		{"LOGIN alice\xff", "hunter2hunter2", "ERR LOGIN bad-utf8"},
		{"REGISTER", "hunter2hunter2", "ERR REGISTER bad-name"},
		{"IN go REGISTER", "hunter2hunter2", "ERR REGISTER bad-arguments"},
		{"ONCE k LOGIN alice", "hunter2hunter2", "ERR LOGIN bad-arguments"},
		{"PASSWD", "hunter2hunter2", "ERR PASSWD not-allowed"},
		{"PASSWD", "", "ERR PASSWD not-allowed"},
	} {
		t.Run(test.line+" and "+test.next[:min(10, len(test.next))], func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
				p := connect(t, srv)
				ask(p, test.line)
				if got := p.do(test.next, test.want); strings.Contains(got, "hunter2") {
					t.Errorf("the password is repeated: %q", got)
				}
				p.do("PING", "OK PING") // the next line is a command again
			})
		})
	}
}

// As words they are not repeated either.
func TestRefusalsRepeatNoPassword(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		p := member(t, srv, "alice")
		for _, line := range []string{
			"LOGIN hunter2 hunter2", "LOGIN 0hunter2 x", "LOGIN alice hunter2", "REGISTER hunter2", "PASSWD hunter2 hunter2",
			"IN go LOGIN alice hunter2", "ONCE hunter2 REGISTER hunter2", "LOGIN alice \xffhunter2", "LOGIN alice " + strings.Repeat("hunter2", 200),
		} {
			if got := p.do(line, "ERR "); strings.Contains(got, "hunter2") {
				t.Errorf("%.40q: %q", line, got)
			}
		}
	})
}

func TestInputEndsBeforeThePassword(t *testing.T) {
	address := serve(t, newTestServer(t))
	for _, half := range []string{"", "hunter2"} {
		p := dial(t, address)
		ask(p, "LOGIN alice")
		if _, err := io.WriteString(p, half); err != nil {
			t.Fatal(err)
		}
		_ = p.Conn.(*net.TCPConn).CloseWrite()
		if line := p.want("ERR LOGIN unfinished"); strings.Contains(line, "hunter2") {
			t.Errorf("%q", line)
		}
		p.want("BYE end-of-input")
	}
}

// In talk a line without a slash that begins with one of the three verbs is never posted,
// and takes the next line with it.
func TestPasswordsAreNeverPosted(t *testing.T) {
	for _, mode := range []string{"SET talk on", "TALK"} {
		t.Run(mode, func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, store *history.Memory) {
				registered(t, srv, "alice")
				p := member(t, srv, "bob")
				p.do(mode, "")
				for _, line := range []string{"login alice", "LOGIN", "register", "passwd", "/login alice", "  login alice"} {
					p.send(line)
					p.send("hunter2hunter2")
				}
				for _, line := range []string{"login alice hunter2", "register hunter2", "Passwd hunter2", "REGISTER  hunter2 hunter2"} {
					p.send(line)
				}
				p.send("/quit")
				for line := ""; !strings.Contains(line, "good-bye"); {
					line = p.want("")
					if strings.Contains(line, "hunter2") {
						t.Errorf("%q", line)
					}
				}
				page, err := store.Page(t.Context(), "go", 1, 100, 1<<20)
				if err != nil || len(page.Posts) > 0 {
					t.Errorf("posted: %+v, %v", page.Posts, err)
				}
			})
		})
	}
}

func TestLineEditorHidesThePassword(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		p, near, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorSSH, Encrypted: true, Terminal: true}, nil)
		p.send("/LOGIN alice")
		for !strings.Contains(p.want(""), "password") {
		}
		if !<-near.hidden {
			t.Error("it is not hidden")
		}
		p.send(password)
		for !strings.Contains(p.want(""), "alice") {
		}
	})
}

// A telnet client stops showing what is typed, and begins again.
func TestTelnetHidesThePassword(t *testing.T) {
	const willEcho, wontEcho = "\xff\xfb\x01", "\xff\xfc\x01"
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		p := connect(t, srv)
		p.send("\xff\xf1PING") // NOP: it speaks telnet
		p.want("OK PING")
		p.send("LOGIN alice")
		if line := p.want(willEcho); !strings.HasPrefix(line, willEcho+"SEND - ") {
			t.Errorf("%q", line)
		}
		p.send("\xff\xfd\x01" + password) // DO ECHO
		if line := p.want(""); line != wontEcho+"OK LOGIN alice" {
			t.Errorf("%q", line)
		}
		p.send("\xff\xfe\x01PING") // DONT ECHO, which is not answered
		p.want("OK PING")
	})
}

func TestTheOneCommandOfAConnectionKeepsItsForm(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		p, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorSSH, Command: true}, nil)
		p.do("TALK", "ERR TALK not-allowed")
		p.do("FORMAT json", "ERR FORMAT not-allowed")
		p.do("PING", "OK PING")
	})
}

func TestPasswordInAShownCommandIsRefused(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		id := listener.Identity{Door: listener.DoorSSH, Encrypted: true, Command: true}
		p, _, _ := admitKnown(t, srv, id, nil)
		for _, line := range []string{"LOGIN alice " + password, "REGISTER " + password, "PASSWD " + password} {
			if got := p.do(line, "ERR "+verbIn(line)+" not-allowed"); !strings.Contains(got, "list of processes") || strings.Contains(got, password) {
				t.Errorf("%s: %q", line, got)
			}
		}
		ask(p, "LOGIN alice")
		p.do(password, "OK LOGIN alice")
	})
}
