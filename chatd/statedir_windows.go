package main

// stateHome returns the directory where programs keep the user's data on this
// machine, or "" if the environment names none.
func stateHome(env func(string) (string, bool)) string {
	dir, _ := env("LocalAppData")
	return dir
}
