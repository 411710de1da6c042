//go:build unix

package cli

import "testing"

func TestStateDir(t *testing.T) {
	for _, test := range []struct {
		home, state string
		want        string
	}{
		{"/home/alice", "/state", "/state"},
		{"/home/alice", "", "/home/alice/.local/state"},
		{"/home/alice", "state", "/home/alice/.local/state"}, // the specification wants absolute paths
		{"", "/state", "/state"},
		{"", "", ""},
	} {
		env := map[string]string{"HOME": test.home, "XDG_STATE_HOME": test.state}
		wantStateDir(t, env, test.want)
	}
}
