package proto

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIRC(t *testing.T) {
	for line, want := range map[string]Command{
		"hello":             {Verb: "POST", Text: "hello"},
		"/join #go":         {Verb: "JOIN", Words: []string{"go"}},
		"/join go LAST 3":   {Verb: "JOIN", Words: []string{"go", "LAST", "3"}},
		"/part":             {Verb: "LEAVE"},
		"/part #go bye all": {Verb: "LEAVE", Words: []string{"go"}},
		"/msg bob hi":       {Verb: "TELL", Words: []string{"bob"}, Text: "hi"},
		"/names":            {Verb: "WHO"},
		"/names #go":        {Verb: "WHO", Room: "go"},
		"/who go":           {Verb: "WHO", Room: "go"},
		"/topic":            {Verb: "TOPIC"},
		"/topic go fast":    {Verb: "TOPIC", Text: "go fast"},
		"/topic #go":        {Verb: "TOPIC", Room: "go"},
		"/topic #go slow":   {Verb: "TOPIC", Room: "go", Text: "slow"},
		"/msg #go hi all":   {Verb: "POST", Room: "go", Text: "hi all"},
		"/j go":             {Verb: "JOIN", Words: []string{"go"}},
		"/list":             {Verb: "ROOMS"},
		"/quit see you":     {Verb: "QUIT", Text: "see you"},
		"/me waves":         {Verb: "ME", Text: "waves"},
	} {
		if got, _, err := ParseCommand(line, TalkIRC); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v, want %+v", line, got, err, want)
		}
	}
	if _, _, err := ParseCommand("/part go", Talk); !errors.Is(err, UnknownCommand) {
		t.Errorf("outside of TALK: %v", err)
	}
}

// In talk nothing is said of what would be wrong there.
func TestUnknownVerbInTalk(t *testing.T) {
	for _, reading := range []Reading{Talk, TalkIRC} {
		for _, line := range []string{"/frob", "/etc/passwd"} {
			_, _, err := ParseCommand(line, reading)
			if !errors.Is(err, UnknownCommand) || !strings.HasSuffix(err.Error(), "; to post a line that begins with a slash, type two of them") {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}

// In talk a line that looks like a command with a password is no post.
func TestPasswordsAreNotPosted(t *testing.T) {
	for _, reading := range []Reading{Talk, TalkIRC} {
		for _, line := range []string{"login alice hunter22", "  REGISTER hunter22", "passwd hunter22", "Login", "login\thunter22"} {
			c, verb, err := ParseCommand(line, reading)
			if !errors.Is(err, BadArguments) || verb != nil || c.Text != "" {
				t.Errorf("%q: %+v, %v", line, c, err)
			}
		}
		if c, _, err := ParseCommand("logins are hard", reading); err != nil || c.Verb != "POST" {
			t.Errorf("%+v, %v", c, err)
		}
	}
}

// No refusal of a line with a password repeats a word of it, whatever else is wrong with it.
func TestRefusalsKeepPasswords(t *testing.T) {
	piece := rapid.SampledFrom([]string{"/", " ", "\t", "IN ", "in go ", "ONCE ", "once k ", "ONCE schl\u00fcssel "})
	command := rapid.SampledFrom([]string{"LOGIN ", "login alice ", "LOGIN  ", "REGISTER ", "Register\t", "PASSWD ", "PASSWD one two "})
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[JQXZ]{6,12}`).Draw(t, "password")
		end := rapid.SampledFrom([]string{"", " ", "\xff", " and more", "\u200b"}).Draw(t, "end")
		line := strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), "") + command.Draw(t, "command") + password + end
		reading := rapid.SampledFrom([]Reading{Commands, Talk, TalkIRC}).Draw(t, "reading")
		c, _, err := ParseCommand(line, reading)
		if err != nil && strings.Contains(strings.ToUpper(err.Error()+" "+c.VerbWord()), password) {
			t.Fatalf("%q: %s: %v", line, c.VerbWord(), err)
		}
		if verb := VerbOf([]byte(line), reading); verb == password {
			t.Fatalf("%q: its verb is named %s", line, verb)
		}
	})
}

func TestTakesPasswordNext(t *testing.T) {
	for line, want := range map[string]bool{
		"LOGIN alice": true, "login": true, "/login alice ": true, "  LOGIN\talice": true, "LOGIN alice secret": false, "LOGIN \xff": true,
		"REGISTER": true, "register  ": true, "REGISTER secret": false, "IN go REGISTER": true, "ONCE k PASSWD": true,
		"PASSWD": true, "PASSWD secret": false, "POST LOGIN alice": false, "LOGINS alice": false, "": false, "//login alice": false,
	} {
		if got := TakesPasswordNext([]byte(line), false); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
	if !TakesPasswordNext([]byte("PASSWD alice"), true) || !TakesPasswordNext([]byte("PASSWD"), true) || TakesPasswordNext([]byte("PASSWD alice secret"), true) {
		t.Error("an admin's PASSWD takes a name, and the password in the next line")
	}
}
