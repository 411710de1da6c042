package cli

import "testing"

func TestStateDir(t *testing.T) {
	for dir, want := range map[string]string{
		`C:\Users\alice\AppData\Local`: `C:\Users\alice\AppData\Local`,
		`AppData\Local`:                "",
		"":                             "",
	} {
		env := map[string]string{"LocalAppData": dir, "XDG_STATE_HOME": `C:\state`}
		wantStateDir(t, env, want)
	}
}
