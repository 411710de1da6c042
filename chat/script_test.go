package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"linechat/scripts/harness"
)

// The commands, promise by promise, each file on a chatd of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			d := startDaemon(env.T().(testing.TB), "--rate", "0")
			env.Vars = append(env.Vars, "PATH="+os.Getenv("PATH"), "CHAT_SERVER="+d.Address, "CHAT_NICK=alice", "TERM=dumb", "TZ=UTC", "GORACE="+noSleep)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"create": create},
	})
}

// create makes so many rooms: r0, r1, r2 …
func create(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	c, err := harness.Dial(context.Background(), "tcp", ts.Getenv("CHAT_SERVER"))
	ts.Check(err)
	defer c.Close()
	for i := range n {
		_, err := c.Ask(fmt.Sprintf("CREATE r%d", i))
		ts.Check(err)
	}
}
