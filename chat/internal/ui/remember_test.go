package ui

import "testing"

// TestRemembers: no key is kept in the history, nor what begins with a blank.
func TestRemembers(t *testing.T) {
	for line, want := range map[string]bool{
		"hello": true, "/nick bob": true, "nick bob": true, "/join go": true, "nick bob s3cret is what he said": false,
		"/nick bob s3cret": false, "/NICK bob s3cret": false, "/ nick bob s3cret": false, "/in go nick bob s3cret": false, "/login bob pw": false, "login bob pw": false,
		"/register pw": false, "passwd pw": false, "/in go passwd pw": false,
		" hidden": false, "\thidden": false, "": false, "   ": false, "/": true,
	} {
		if got := remembers(line); got != want {
			t.Errorf("remembers(%q) = %v", line, got)
		}
	}
}
