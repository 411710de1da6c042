package main

import "testing"

func TestNickOfLogin(t *testing.T) {
	for login, want := range map[string]string{
		"alice":                 "alice",
		`CORP\alice`:            "alice",
		`corp.example\jo.smith`: "jo.smith",
		"alice@example.org":     "alice",
		`CORP\alice@example`:    "alice",
		`CORP\`:                 "",
		"@example.org":          "",
		"":                      "",
		`CORP\Alice Smith`:      "",
		"guest-7":               "",
		`CORP\guest-7`:          "",
	} {
		if got := nickOf(login); got != want {
			t.Errorf("%q gives %q, not %q", login, got, want)
		}
	}
}
