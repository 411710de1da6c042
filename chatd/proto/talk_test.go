package proto

import (
	"errors"
	"reflect"
	"strings"
	"testing"
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
			if !errors.Is(err, UnknownCommand) || !strings.HasSuffix(err.Error(), "; a line that begins with // is posted with one of them") {
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

// No refusal of a line with a password repeats a word of it.
func TestRefusalsKeepPasswords(t *testing.T) {
	const password = "hunter22"
	for _, before := range []string{"", "/", " ", "IN go ", "ONCE k ", "IN go ONCE k ", "IN IN go ", "IN ", "ONCE ", "ONCE k IN go "} {
		for _, command := range []string{"LOGIN " + password, "LOGIN alice " + password, "LOGIN  " + password + " " + password, "REGISTER " + password, "PASSWD " + password, "REGISTER \xff" + password, "LOGIN alice\u200b " + password} {
			for _, reading := range []Reading{Commands, Talk, TalkIRC} {
				if c, _, err := ParseCommand(before+command, reading); err != nil && strings.Contains(err.Error()+c.VerbWord(), password) {
					t.Errorf("%q: %v", before+command, err)
				}
			}
		}
	}
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
