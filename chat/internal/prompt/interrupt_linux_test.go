package prompt

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// A signal that ends the wait for a key, as the runtime sends itself some, has
// no effect on the next one.
func TestInterruptedWait(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	typed := "> "
	for _, key := range "abcde" {
		c.wantLast(typed)
		c.interruptThreads()
		c.keys(string(key))
		typed += string(key)
	}
	c.wantLast(typed)
	c.close()
}

// interruptThreads sends each thread of the program a signal that it handles
// and that means nothing.
func (c *session) interruptThreads() {
	c.t.Helper()
	process := c.cmd.Process.Pid
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", process))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err == nil {
			err = unix.Tgkill(process, id, unix.SIGURG)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}
