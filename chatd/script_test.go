package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"chatd": main}) }

// The command line, promise by promise.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "PATH="+os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0") // -race sleeps for a second
			return nil
		},
	})
}
