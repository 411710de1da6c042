package cli

import "testing"

func wantStateDir(t *testing.T, env map[string]string, want string) {
	t.Helper()
	lookup := func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
	if got := StateDir(lookup); got != want {
		t.Errorf("with %v it is %q, not %q", env, got, want)
	}
}
