package cli

import "path/filepath"

// StateDir returns the directory where programs keep the user's state on this
// machine, %LocalAppData%, or "" if the environment names none. Windows lets
// only the user, the system and administrators read what is in it; the bits of a
// file's mode say nothing of that.
func StateDir(env func(string) (string, bool)) string {
	if dir, _ := env("LocalAppData"); filepath.IsAbs(dir) {
		return dir
	}
	return ""
}
