package prompt

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestConsoleQuits(t *testing.T) {
	for _, test := range []struct {
		keys string
		want []string
	}{
		{string(ctrlD), []string{"(end)"}},
		{"a" + string(ctrlD) + string(enterKey), []string{"a"}},
		{string(ctrlC) + string(ctrlC), []string{"(end)"}},
		{"a" + string(ctrlC) + string(ctrlC), nil},
		{"a" + string(ctrlC) + string(ctrlC) + string(ctrlC), []string{"(end)"}},
		{string(ctrlC) + "a" + string(enterKey) + string(ctrlC), []string{"a"}},
		{string(ctrlC) + "a" + string(ctrlC), nil},
	} {
		testConsole(t, Options{}, func(c *consoleTest) {
			c.printMany(1)
			c.settle()
			c.press(test.keys)
			c.wantLines(test.want...)
			if err := c.Err(); err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestConsoleQuitHint(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("text" + string(ctrlC))
		c.wantScreen("      go>")
		c.press(string(ctrlC))
		c.wantScreen(quitHint, "      go>")
	})
}

func TestConsolePrintsAtTheEnd(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press(string(ctrlD))
		c.printMany(1)
		c.settle()
		c.wantScreen("")
		c.Close()
		c.wantScreen("line 1", "")
	})
}

func TestConsoleReadError(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press(string(failKey))
		c.wantLines("(end)")
		if err := c.Err(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
	})
}

func TestConsoleSurvivesLiner(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("lost" + string(panicKey) + "next" + string(enterKey))
		c.wantLines("next")
		c.wantScreen("! the line is lost, for its editor has failed: slice bounds out of range", "      go>")
	})
}

func TestConsoleClose(t *testing.T) {
	for _, keys := range []string{"", "half a line", string(ctrlR), string(ctrlD)} {
		testConsole(t, Options{}, func(c *consoleTest) {
			c.press(keys)
			c.printMany(1)
			began := time.Now()
			if c.Close(); time.Since(began) != 0 {
				t.Errorf("%q: closed after %v", keys, time.Since(began))
			}
			c.wantScreen("line 1", "")
			if c.wantLines("(end)"); c.fake.restored != 1 || c.Err() != nil {
				t.Errorf("restored %d times; error %v", c.fake.restored, c.Err())
			}
			if typed := len(c.fake.keys); typed != 0 {
				t.Errorf("%d keys are left in the console", typed)
			}
		})
	}
}

// TestConsoleStuck: a read that nothing ends holds up Close no longer than
// endTimeout.
func TestConsoleStuck(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		defer close(c.fake.deaf)
		c.press("half" + string(deafKey))
		c.printMany(1)
		began := time.Now()
		c.Close()
		if d := time.Since(began); d != endTimeout {
			t.Errorf("closed after %v", d)
		}
		c.wantScreen("line 1", "")
		if c.fake.restored != 1 {
			t.Errorf("restored %d times", c.fake.restored)
		}
	})
}

func TestConsoleClosesWhileNobodyReceives(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press(strings.Repeat("a"+string(enterKey), maxUnread+2))
		began := time.Now()
		c.Close()
		if d := time.Since(began); d != 0 {
			t.Errorf("closed after %v", d)
		}
		if n := len(c.entered()); n != maxUnread+1 { // and the end
			t.Errorf("%d lines", n)
		}
	})
}
