//go:build unix

package cli

import "testing"

func TestStateDir(t *testing.T) {
	for _, test := range []struct {
		home, state string
		want        string
	}{
		{"/h/alice", "/state", "/state"},
		{"/h/alice", "", "/h/alice/.local/state"},
		{"/h/alice", "state", "/h/alice/.local/state"}, // the specification wants absolute paths
		{"", "/state", "/state"},
		{"", "", ""},
	} {
		env := map[string]string{"HOME": test.home, "XDG_STATE_HOME": test.state}
		wantStateDir(t, env, test.want)
	}
}
