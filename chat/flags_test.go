package main

import (
	"regexp"
	"testing"

	"github.com/spf13/pflag"
)

// TestNoFlagTakesAPassword: whatever is given as a flag or in the environment, others may
// read, so either has at most the name of a file.
func TestNoFlagTakesAPassword(t *testing.T) {
	secretive := regexp.MustCompile(`(?i)pass|secret|pw`)
	var variables []string
	p := &program{options: &options{}, env: func(name string) (string, bool) {
		variables = append(variables, name)
		return "", false
	}}
	root := p.root()
	for _, c := range append(root.Commands(), root) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if secretive.MatchString(f.Name) && f.Name != "password-file" {
				t.Errorf("%s has --%s", c.CommandPath(), f.Name)
			}
		})
	}
	root.SetArgs([]string{"--color", "none"}) // which is refused after the environment is read
	if err := root.Execute(); err == nil || len(variables) == 0 {
		t.Errorf("%v; the variables that were asked for: %q", err, variables)
	}
	for _, name := range variables {
		if secretive.MatchString(name) && name != "CHAT_PASSWORD_FILE" {
			t.Errorf("the variable %s is asked for", name)
		}
	}
}
