//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLogin: somebody registers at the prompt, comes back with --login, from two places at
// once, and keeps the nick from others.
func TestLogin(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice := d.tmux(80, 24, "go")
	alice.wants("go, 1 member | connected | alice", "go>")
	bob := d.visit("bob", "go")
	alice.enters("/register")
	alice.wants("New password:")
	alice.Text("correct horse")
	bob.says("POST are you there?")
	alice.wants("00:00 <bob> are you there?", "go, 2 members | connected | alice", "New password:")
	alice.Keys("Enter")
	alice.wants("Type it again:")
	alice.enters("correct horse")
	alice.shows("-- alice is your account now; /login alice logs you in wherever you are")
	alice.enters("here")
	bob.hears("MSG go 2 alice here")
	alice.enters("/quit")
	alice.ended(exitOK)
	alice.keptNowhere("correct")

	alice = d.tmux(80, 24, "--login", "alice", "go")
	alice.wants("Password of alice:")
	alice.enters("correct horse")
	alice.wants("go, 2 members | connected | alice", "go>")
	second := d.tmuxWith([]string{"CHAT_NICK=carol"}, 80, 24, "go")
	second.wants("go, 3 members | connected | carol", "go>")
	second.enters("/login alice")
	second.wants("Password of alice:")
	second.enters("correct horse")
	second.shows("-- you are logged in as alice")
	second.wants("go, 2 members | connected | alice", "go>")
	second.enters("from here, too")
	alice.shows("00:00 <alice> from here, too")
	guest := d.tmux(80, 24, "go")
	guest.Await("the nick refused", func(rows []string) bool {
		return strings.HasPrefix(strings.Join(rows, "\n"), "chat: the nick alice belongs to an account; you are guest-")
	})
	for _, s := range []*tmuxSession{alice, second} {
		s.enters("/quit")
		s.ended(exitOK)
		s.keptNowhere("correct")
	}
}

// TestLoginRefused: a wrong password ends chat with the server's words, and at the prompt
// it goes on as it was.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.register("alice", "correct horse")
	wrong := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(wrong, []byte("incorrect\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := d.chat("--login", "alice", "--password-file", wrong, "rooms")
	r.ends(exitRefused)
	r.says(`^chat: not logged in as alice: .+\n$`)
	bob := d.tmuxWith([]string{"CHAT_NICK=bob"}, 80, 24, "go")
	bob.wants("go, 1 member | connected | bob", "go>")
	bob.enters("/login alice")
	bob.wants("Password of alice:")
	bob.enters("incorrect")
	bob.Await("a refusal", func(rows []string) bool { return strings.Contains(strings.Join(rows, "\n"), "\n! ") })
	bob.wants("go, 1 member | connected | bob", "go>")
	bob.keptNowhere("incorrect")
}

// register makes an account.
func (d *daemon) register(nick, password string) {
	d.t.Helper()
	v := d.visit(nick, "lobby")
	v.says("REGISTER " + password)
	v.says("QUIT")
	v.hears("BYE ")
}

// TestPipesLogIn: commands log in with the password of a file, again after the daemon
// was restarted, and end with 1 when it does not count any more.
func TestPipesLogIn(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.register("ci", "correct horse")
	right := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(right, []byte("correct horse\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := d.chat("--login", "ci", "--password-file", right, "post", "build")
	post := func(line string) {
		t.Helper()
		if _, err := r.stdin.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	post("before")
	r.awaits("created room build")
	d.Kill()
	r.awaits("lost the connection")
	d.restart()
	bob := d.visit("bob", "build")
	post("after")
	bob.hears("MSG build 2 ci after")
	owner := d.visit("guest", "lobby")
	owner.says("LOGIN ci correct horse")
	owner.says("PASSWD another horse")
	r.awaits("the session was ended")
	_ = r.stdin.Close()
	r.ends(exitLost)
	if posts := d.texts("build"); strings.Join(posts, " ") != "before after" {
		t.Errorf("posted were %q", posts)
	}
	for _, line := range d.do("", "history", "build", "--after", "0") {
		if !strings.Contains(line, " ci ") {
			t.Errorf("a post is %q", line)
		}
	}
}
