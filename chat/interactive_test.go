//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestInteractive: somebody comes into a room, with its last posts; others come and
// go and speak while a line is half typed, which stays as it is.
func TestInteractive(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{80, 200} {
		d := startDaemon(t)
		bob := d.visit("bob", "go")
		bob.says("POST good morning")
		bob.says("ME is reading the log")
		alice := d.tmux(columns, 24, "go")
		alice.wants("-- /help lists the commands, /quit ends",
			"00:00 -- you are in go: 2 members",
			"00:00 <bob> good morning", "00:00 * bob is reading the log", "-- live --",
			"go, 2 members | connected | alice", "go>")
		alice.Text("half a line, wi")
		long := strings.TrimSpace(strings.Repeat("a long post ", 12))
		bob.says("POST " + long)
		bob.says("POST Alice: look here")
		alice.wants("00:00 <bob> Alice: look here", "go, 2 members | connected | alice", "go> half a line, wi")
		alice.Text("th care")
		bob.says("TELL alice psst")
		alice.wants("00:00 [bob -> you] psst", "go, 2 members | connected | alice", "go> half a line, with care")
		alice.Keys("Enter")
		bob.hears("MSG go 5 alice half a line, with care")
		alice.wants("00:00 <alice> half a line, with care", "go, 2 members | connected | alice", "go>")
		if all := strings.Join(alice.All(), "\n"); strings.Count(all, long) != 1 {
			t.Errorf("the long post is not there once:\n%s", all)
		}
		if screen := alice.Run("capture-pane", "-p", "-e"); !strings.Contains(screen, "\x1b[1mAlice: look here") {
			t.Errorf("the mention is not bold:\n%q", screen)
		}
		bob.says("QUIT")
		alice.wants("00:00 -- -bob", "go, 1 member | connected | alice", "go>")
	}
}

// TestNewRoom: a room that is missing is made; without one it begins in INIT,
// where lines are commands.
func TestNewRoom(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice := d.tmux(80, 24)
	alice.wants("in no room | connected | alice", ">")
	alice.enters("hello everybody")
	alice.wants("! there is no command hello; /help lists them (you are in no room; /join enters", "one)",
		"in no room | connected | alice", ">")
	alice.enters("join go")
	alice.shows("! there is no room go; /create go makes it, /rooms lists the rooms")
	alice.enters("create go all about Go")
	alice.enters("join go")
	alice.wants("00:00 -- you are in go: 1 member", "-- topic of go, by alice: all about Go",
		"go, 1 member | connected | alice", "go>")
	alice.enters("/quit")
	alice.ended(exitOK)
	alice = d.tmux(80, 24, "new")
	alice.shows("-- created room new")
	alice.Keys("C-d")
	alice.ended(exitOK)
}

// TestUnknownCommand: a mistyped command is not posted.
func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice := d.tmux(80, 24, "go")
	alice.wants("go, 1 member | connected | alice", "go>")
	alice.enters("/jion dev")
	alice.shows("! there is no command jion; did you mean /join?")
	alice.enters("/xyzzy")
	alice.shows("! there is no command xyzzy; /help lists them")
	alice.enters("//xyzzy")
	alice.shows("00:00 <alice> /xyzzy")
	if texts := d.texts("go"); len(texts) != 1 || texts[0] != "/xyzzy" {
		t.Errorf("posted were %q", texts)
	}
}

// TestTab: commands that the state allows, rooms, and nicks, of whom
// whoever spoke last comes first.
func TestTab(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.visit("bert", "go").says("POST first")
	bob := d.visit("bob", "golf")
	bob.says("JOIN go")
	bob.says("POST second")
	alice := d.tmux(80, 24)
	alice.wants("in no room | connected | alice", ">")
	alice.Text("pi")
	alice.Keys("Tab")
	alice.wants("in no room | connected | alice", "> ping")
	alice.Keys("C-u")
	alice.Text("whoa")
	alice.Keys("Tab")
	alice.wants("in no room | connected | alice", "> whoami")
	alice.Keys("C-u")
	alice.Text("j")
	alice.Keys("Tab")
	alice.Text("gol")
	alice.Keys("Tab")
	alice.wants("in no room | connected | alice", "> join golf")
	alice.Keys("C-u")
	alice.enters("join go")
	alice.shows("-- live --")
	alice.Text("b")
	alice.Keys("Tab")
	alice.wants("bob:   bert:", "go, 3 members | connected | alice", "go> bob:")
	alice.Keys("C-u")
	alice.Text("/msg be")
	alice.Keys("Tab")
	alice.Text("psst")
	alice.wants("go, 3 members | connected | alice", "go> /msg bert psst")
}

// TestPastedLines: several lines are asked about, and are one post.
func TestPastedLines(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob := d.visit("bob", "go")
	alice := d.tmux(80, 24, "go")
	alice.wants("go, 2 members | connected | alice", "go>")
	alice.Paste("func main() {\n\tprintln()\n}\n")
	alice.Keys("Enter")
	alice.wants("go, 2 members | connected | alice", "Send 3 lines? [y/N]")
	alice.Keys("y")
	alice.wants("00:00 <alice> func main() {", "                  println()", "              }",
		"go, 2 members | connected | alice", "go>")
	if line := bob.hears("MSG "); line != "MSG go 1 alice func main() {" {
		t.Errorf("bob hears %q", line)
	}
	bob.hears("MORE go 1 alice }")
}

// TestDaemonRestarts: the daemon is killed and started again. What is being
// typed is kept, what was entered meanwhile is posted once, and what others
// have posted is shown once.
func TestDaemonRestarts(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob := d.visit("bob", "go")
	alice := d.tmux(80, 24, "go")
	alice.wants("go, 2 members | connected | alice", "go>")
	bob.says("POST before")
	alice.shows("00:00 <bob> before")
	d.Kill()
	alice.shows("00:00 -- lost the connection (the server closed it); reconnecting")
	alice.enters("entered meanwhile")
	alice.shows("-- not connected; this will be posted to go: entered meanwhile")
	alice.Text("a draf")
	d.restart()
	bob = d.visit("bob", "go")
	bob.says("POST after")
	alice.shows("00:00 -- connected again")
	alice.shows("00:00 <alice> entered meanwhile")
	alice.shows("00:00 <bob> after")
	alice.Text("t")
	alice.wants("go, 2 members | connected | alice", "go> a draft")
	all := strings.Join(alice.All(), "\n")
	for _, once := range []string{"<bob> before", "<alice> entered meanwhile", "<bob> after", "lost the connection", "connected again"} {
		if strings.Count(all, once) != 1 {
			t.Errorf("%q is not there once:\n%s", once, all)
		}
	}
	if texts := strings.Join(d.texts("go"), " "); strings.Count(texts, "entered meanwhile") != 1 {
		t.Errorf("posted were %q", texts)
	}
}

// TestNoColor: NO_COLOR leaves out all colours.
func TestNoColor(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob := d.visit("bob", "go")
	for _, env := range []string{"NO_COLOR=1", "CHAT_COLOR=never"} {
		alice := d.tmuxWith([]string{env}, 80, 24, "go")
		bob.says("POST alice, see")
		alice.shows("00:00 <bob> alice, see")
		if screen := alice.Run("capture-pane", "-p", "-e"); strings.Contains(screen, "\x1b[") {
			t.Errorf("with %s there are colours:\n%q", env, screen)
		}
		alice.enters("/quit")
		alice.ended(exitOK)
	}
}

// TestWaysOut: each leaves the terminal as it was, and has its exit code.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	start := func(args ...string) *tmuxSession {
		alice := d.tmux(80, 24, append(args, "go")...)
		alice.shows("go, 1 member | connected | alice")
		return alice
	}
	alice := start()
	alice.Text("half")
	alice.Keys("C-c")
	alice.wants("go, 1 member | connected | alice", "go>")
	alice.Keys("C-c", "C-c")
	alice.ended(exitOK)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		alice = start()
		alice.signal(s)
		alice.ended(exitInterrupted)
	}
	alice = start("--reconnect-timeout", "0")
	d.Kill()
	alice.ended(exitLost)
	alice = d.tmux(80, 24, "--connect-timeout", "0", "go")
	alice.ended(exitUnreachable)
}

// TestIgnoredSignal: what nohup, or a shell that runs chat in the background,
// has ignored does not end chat.
func TestIgnoredSignal(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice := d.tmuxWith([]string{"IGNORED=HUP"}, 80, 24, "go")
	alice.wants("go, 1 member | connected | alice", "go>")
	alice.signal(syscall.SIGHUP)
	alice.enters("still here")
	alice.wants("00:00 <alice> still here", "go, 1 member | connected | alice", "go>")
	alice.signal(syscall.SIGTERM)
	alice.ended(exitInterrupted)
}

// TestReplaced: whoever has the key takes the nick, and the other chat ends.
func TestReplaced(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	env := []string{"CHAT_KEY=s3cret"}
	first := d.tmuxWith(env, 80, 24, "--nick", "carol", "go")
	first.wants("go, 1 member | connected | carol", "go>")
	second := d.tmuxWith(env, 80, 24, "--nick", "carol", "go")
	second.wants("go, 1 member | connected | carol", "go>")
	first.ended(exitLost)
	third := d.tmux(80, 24, "--nick", "carol", "go")
	third.ended(exitRefused)
	guest := d.tmuxWith([]string{"CHAT_NICK=carol"}, 80, 24, "go")
	guest.Await("a guest", func(rows []string) bool { return strings.Contains(strings.Join(rows, "\n"), "| guest-") })
}

// TestInputIsKept: what was typed is there again in the next chat, room by room;
// keys are not.
func TestInputIsKept(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice := d.tmux(80, 24, "go")
	for _, line := range []string{"first", "second", "/nick carol s3cret", " third"} {
		alice.enters(line)
	}
	alice.shows("00:00 <carol>  third")
	alice.enters("/quit")
	alice.ended(exitOK)
	kept, err := os.ReadFile(filepath.Join(alice.dir, "state", "chat", "history"))
	if err != nil || string(kept) != "go\tfirst\ngo\tsecond\ngo\t/quit\n" {
		t.Errorf("kept is %q, %v", kept, err)
	}
	again := d.tmuxWith([]string{fmt.Sprintf("XDG_STATE_HOME=%s/state", alice.dir)}, 80, 24, "go")
	again.wants("go, 1 member | connected | alice", "go>")
	again.Keys("Up", "Up")
	again.wants("go, 1 member | connected | alice", "go> second")
}
