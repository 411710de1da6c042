//go:build unix

package main

import "path/filepath"

// stateHome returns the directory where programs keep the user's state, or "" if
// the environment names none (XDG Base Directory Specification).
func stateHome(env func(string) (string, bool)) string {
	if state, _ := env("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return state
	}
	home, _ := env("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state")
}
