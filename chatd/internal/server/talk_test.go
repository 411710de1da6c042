package server

import (
	"strings"
	"testing"
)

// wantTimed reads a line that begins with a time.
func (p *peer) wantTimed(rest string) {
	p.t.Helper()
	if line := p.want(""); len(line) < 6 || strings.Trim(line[:5], "0123456789") != ":" || line[6:] != rest {
		p.t.Errorf("got %q, want %q after a time", line, rest)
	}
}

// A conversation at nc: what is typed is posted, commands have a slash, and IRC's are
// understood.
func TestTalk(t *testing.T) {
	srv := newTestServer(t)
	alice, bob := connect(t, srv), connect(t, srv)
	alice.do("NICK alice", "OK NICK alice")
	bob.do("NICK bob", "OK NICK bob")
	alice.do("CREATE go", "OK CREATE go")
	alice.do("CREATE misc", "OK CREATE misc")
	alice.do("IN go POST one", "OK POST go 1")
	bob.do("JOIN go", "OK JOIN go 1 1")

	alice.do("TALK", "-- what you type is posted; /help lists the commands, /talk off ends this; times are in ")
	alice.want("-- you are in no room yet; /rooms lists the rooms, /join ROOM enters one")
	alice.do("hi", "-- you are in no room, so this was not posted; /rooms lists the rooms, /join ROOM enters one")
	alice.do("join go", "-- you are in no room, so this was not posted; a command begins with a slash: /join")
	alice.do("/me waves", "-- you are not in a room; /join one first")
	alice.do("/join #go", "-- ") // the day
	alice.wantTimed("<alice> one")
	alice.want("-- you are in go, 2 here")
	alice.send("hi everyone")
	bob.want("JOINED go alice")
	bob.want("MSG go 2 alice hi everyone")
	bob.do("POST hello", "MSG go 3 bob hello")
	bob.want("OK POST go 3")
	alice.wantTimed("<bob> hello")
	bob.do("IN misc POST x", "OK POST misc 1")
	alice.do("/join misc", "-- ")
	alice.wantTimed("<bob> x")
	alice.want("-- you are in misc, 1 here")
	bob.do("ME waves", "ME go 4 bob waves")
	bob.want("OK ME go 4")
	alice.wantTimed("[go] * bob waves")
	alice.do("/search waves", "-- nothing found in misc")
	alice.do("/in go search from:bob limit:2", "-- ") // the day, once
	alice.wantTimed("<bob> hello")
	alice.wantTimed("* bob waves")
	alice.do("/msg bob psst", "-- told bob")
	bob.want("TELL alice psst")
	alice.do("login alice hunter22", "-- a line that begins with login is not posted, for it may have a password; the command is /login name [password]")
	alice.do("/topic", "-- room misc has no topic; /topic text sets one")
	alice.do("/frob", "-- there is no command FROB")
	alice.do("/part", "-- you left misc; your current room: go")
	alice.do("/talk off", "OK TALK off")
	alice.do("PING x", "OK PING x")
}

// TestTalkIsForPeople: a program that speaks JSON goes on in JSON, whatever its user types.
func TestTalkIsForPeople(t *testing.T) {
	srv := newTestServer(t)
	alice := connect(t, srv)
	alice.do("FORMAT json", `{"type":"ok","verb":"FORMAT"`)
	alice.do("TALK", `{"type":"err","verb":"TALK","code":"not-allowed"`)
	alice.do("frob", `{"type":"err","verb":"FROB","code":"unknown-command"`)
	alice.do("TALK off", `{"type":"ok","verb":"TALK"`)
	alice.do("PING x", `{"type":"ok","verb":"PING"`)
}

func TestHints(t *testing.T) {
	srv := newTestServer(t)
	alice := connect(t, srv)
	alice.do("CREATE go", "OK CREATE go")
	alice.do("CREATE misc", "OK CREATE misc")
	alice.do("JOIN misc", "OK JOIN misc 1 0")
	alice.do("WHO go", "ERR WHO bad-arguments WHO takes no words; who is in room go says: IN go WHO")
	alice.do("WHO #go", "ERR WHO bad-arguments WHO takes no words; who is in room go says: IN go WHO")
	alice.do("who is alice?", "ERR WHO bad-arguments WHO takes no words: WHO")
	alice.do("who, me", "ERR - unknown-command")
	alice.do("who alice?", "ERR WHO bad-arguments WHO takes no words: WHO")
	alice.do("TOPIC go", "ERR TOPIC bad-arguments go is a room: IN go TOPIC shows its topic; if go is to be the topic of misc: IN misc TOPIC go")
	alice.do("IN misc TOPIC go", "TOPIC misc ")
	alice.want("OK TOPIC misc")
	alice.do("NICK bob smith", "NOTICE smith is now the key of bob")
	alice.want("OK NICK bob")
	alice.do("hi everyone", "ERR HI unknown-command there is no command HI, and HELP lists them; to post this, put POST before it")
	alice.do("alice: hi", "ERR - unknown-command a command is a word of letters, and HELP lists them; to post this, put POST before it")
	alice.do("HELP post", "HELP POST text - posts a line")
	alice.want("HELP POST for example: POST good morning")
	alice.want("OK HELP")
	alice.do("QUIT :bye", "OK QUIT")
}
