//go:build unix

package cli

import "path/filepath"

// StateDir returns the directory where programs keep the user's state: of the
// XDG Base Directory Specification, or %LocalAppData% on Windows. It is "" if
// the environment names none.
func StateDir(env func(string) (string, bool)) string {
	if state, _ := env("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return state
	}
	home, _ := env("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state")
}
