package prompt

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func (c *consoleTest) advance(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

func TestConsolePrintsWhileTheLineIsEmpty(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.wantScreen("      go>")
		c.Print("one\ntwo")
		c.settle()
		c.wantScreen("one", "two", "      go>")
		c.press("hi")
		c.wantScreen("one", "two", "      go> hi")
	})
}

func TestConsoleHoldsWhileSomethingIsTyped(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("hal")
		c.printMany(2)
		c.settle()
		c.wantScreen("+2    go> hal")
		c.press("lo")
		c.printMany(1)
		c.settle()
		c.wantScreen("+3    go> hallo")
		c.press(string(enterKey))
		c.wantScreen("line 1", "line 2", "line 1", "      go>")
		c.wantLines("hallo")
	})
}

func TestConsolePrintsWhenTheLineIsEmptied(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("a" + string(home)) // the cursor stands behind the prompt
		c.printMany(1)
		c.settle()
		c.wantScreen("+1    go> a")
		c.press(string(ctrlE) + string(backspace))
		c.wantScreen("line 1", "      go>")
		if c.fake.interrupts != 1 {
			t.Errorf("interrupted %d times", c.fake.interrupts)
		}
	})
}

// TestConsoleKeepsWhatIsTypedMeanwhile: keys that come between the look at the
// screen and the interrupt are neither lost nor doubled.
func TestConsoleKeepsWhatIsTypedMeanwhile(t *testing.T) {
	for _, test := range []struct {
		keys  string
		lines []string
		last  string
	}{
		{"quick", nil, "      go> quick"},
		{"quick" + string(home), nil, "      go> quick"},
		{"a" + string(enterKey), []string{"a"}, "      go>"},
		{"a" + string(enterKey) + "bc", []string{"a"}, "      go> bc"},
		{string(tabKey) + "x", nil, "      go> x"},
		{string(tabKey) + "x" + string(enterKey), []string{"x"}, "      go>"},
		{string(ctrlR), nil, "      go>"},
	} {
		testConsole(t, Options{}, func(c *consoleTest) {
			c.fake.onInterrupt = func() {
				c.fake.onInterrupt = nil
				c.fake.press(test.keys)
			}
			c.printMany(1)
			c.settle()
			c.wantScreen("line 1", test.last)
			c.wantLines(test.lines...)
			c.press("!" + string(ctrlC))
			c.wantScreen("line 1", "      go>")
		})
	}
}

func TestConsoleKeepsTheCursor(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.fake.onInterrupt = func() {
			c.fake.onInterrupt = nil
			c.fake.press("bc" + string(home))
		}
		c.printMany(1)
		c.settle()
		c.press("a" + string(enterKey))
		c.wantLines("abc")
	})
}

// TestConsoleEnteredMeanwhile: the number of lines held, which comes just after
// Enter, leaves nothing behind.
func TestConsoleEnteredMeanwhile(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("abc")
		c.fake.onOverwrite = func() {
			c.fake.onOverwrite = nil
			c.fake.press(string(enterKey))
			<-c.fake.entered
		}
		c.Print("x")
		c.settle()
		c.wantScreen("x", "      go>")
		c.wantLines("abc")
	})
}

func TestConsolePrompt(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.SetPrompt("\x1b[1mops\x1b[0m> ")
		c.settle()
		c.wantScreen("      ops>")
		c.press("text")
		c.SetPrompt("engineering> ")
		c.settle()
		c.wantScreen("      engintext") // the line is where it was
		c.press(string(enterKey))
		c.wantScreen("      engineering>")
		c.SetPrompt(strings.Repeat("long", 30) + "> ")
		c.settle()
		c.wantScreen("      longlonglonglonglonglong") // half of the columns
	})
}

func TestPromptLabel(t *testing.T) {
	for _, test := range []struct {
		held   int
		prompt string
		width  int
		want   string
	}{
		{0, "go> ", 10, "      go> "},
		{7, "go> ", 10, "+7    go> "},
		{12345, "go> ", 10, "+9999 go> "},
		{0, "日本> ", 12, "      日本> "},
		{0, "日本> ", 9, "      日 "},
		{0, "go> ", 12, "      go>   "},
	} {
		if got := promptLabel(test.held, test.prompt, test.width); got != test.want {
			t.Errorf("%+v is %q", test, got)
		}
	}
}

func TestConsoleStatusAndBell(t *testing.T) {
	testConsole(t, Options{Status: true}, func(c *consoleTest) {
		c.press("typed")
		c.SetStatus("go, \x1b[1m2 members\x1b[0m")
		c.Bell()
		c.Bell()
		c.settle()
		c.wantScreen("      go> typed")
		rung := c.fake.bells
		c.printMany(1)
		c.settle()
		if c.fake.title != "go, 2 members" || rung == 0 || c.fake.bells != rung {
			t.Errorf("the title is %q, rung %d times, then %d", c.fake.title, rung, c.fake.bells)
		}
	})
}

func TestConsoleLeavesTheTitleAlone(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.SetStatus("go")
		c.settle()
		if c.fake.title != "" {
			t.Errorf("the title is %q", c.fake.title)
		}
	})
}

func TestConsoleColours(t *testing.T) {
	for noColor, want := range map[bool]string{false: "\x1b[1mbold\x1b[0m", true: "bold"} {
		testConsole(t, Options{NoColor: noColor}, func(c *consoleTest) {
			c.Print("\x1b[2J\x1b[1mbold")
			c.settle()
			c.wantScreen(want, "      go>")
		})
	}
}

// TestConsoleLeavesSearchAndCompletionAlone: what liner has begun goes on, and
// its own prompt is not written over.
func TestConsoleLeavesSearchAndCompletionAlone(t *testing.T) {
	complete := func(string, int) (string, []string, string) { return "", []string{"one", "other"}, "" }
	testConsole(t, Options{Complete: complete}, func(c *consoleTest) {
		c.press(string(ctrlR))
		c.printMany(1)
		c.settle()
		c.wantScreen("(reverse-i-search)`':")
		c.press("x" + string(backspace))
		c.wantScreen("line 1", "      go>")
		c.press("o" + string(tabKey))
		c.printMany(1)
		c.settle()
		c.wantScreen("line 1", "+1    go> one")
		c.press(string(tabKey))
		c.wantScreen("line 1", "+1    go> other")
	})
}

func TestConsoleHistory(t *testing.T) {
	remember := func(line string) bool { return line != "secret" }
	testConsole(t, Options{Remember: remember}, func(c *consoleTest) {
		c.history.setKept(map[string][]string{noRoom: {"older", "old"}})
		c.settle()
		c.press("new" + string(enterKey) + "secret" + string(enterKey))
		if want := []string{"older", "old", "new"}; !slices.Equal(c.fake.history, want) {
			t.Errorf("the history is %q", c.fake.history)
		}
		c.press(string(up) + string(up))
		c.printMany(1)
		c.settle()
		c.wantScreen("+1    go> old")
		c.press(string(up) + string(enterKey)) // is not begun anew
		c.wantLines("new", "secret", "older")
	})
}

func TestConsoleKeepsTabsOfTheHistory(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.history.setKept(map[string][]string{noRoom: {editable("a\tb")}})
		c.settle()
		c.press(string(up) + string(enterKey))
		c.wantLines("a\tb")
	})
}

// TestConsolePrintsLater: what comes between two lines is shown with the next one.
func TestConsolePrintsLater(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press(strings.Repeat("a"+string(enterKey), maxUnread+1)) // of which the last waits
		c.printMany(1)
		c.settle()
		c.wantScreen("")
		<-c.Lines()
		c.settle()
		c.wantScreen("line 1", "      go>")
	})
}

// TestConsoleInterruptsOnce: while liner does not answer, it is not asked again.
func TestConsoleInterruptsOnce(t *testing.T) {
	asked := 0
	complete := func(string, int) (string, []string, string) { asked++; return "", []string{"x"}, "" }
	testConsole(t, Options{Complete: complete}, func(c *consoleTest) {
		c.press(string(deafKey))
		c.printMany(1)
		c.settle()
		c.printMany(1)
		c.settle()
		close(c.fake.deaf)
		c.settle()
		c.wantScreen("line 1", "line 1", "      go>")
		if c.fake.interrupts != 1 || asked != 0 {
			t.Errorf("interrupted %d times, asked for candidates %d times", c.fake.interrupts, asked)
		}
	})
}

func TestConsoleTooNarrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTestConsole(t, Options{}, minColumns-1)
		c.printMany(1)
		c.settle()
		c.wantScreen(">")
		c.press("a" + string(enterKey))
		c.wantScreen("line 1", ">")
		c.press(string(ctrlD))
	})
}

func TestConsoleBoundsWhatIsHeld(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		c.press("a")
		line := strings.Repeat("x", 50)
		const n = 100_000 // more than the queue holds
		for range n {
			c.Print(line)
		}
		c.settle()
		c.wantScreen("+9999 go> a")
		c.press(string(enterKey))
		c.fake.locked(func() {
			first := strings.TrimRight(string(c.fake.rows[0]), " ")
			if !strings.Contains(first, "lines not shown") || len(c.fake.rows) > n {
				t.Errorf("%d rows, the first is %q", len(c.fake.rows), first)
			}
		})
	})
}

func TestConsoleGuard(t *testing.T) {
	testConsole(t, Options{}, func(c *consoleTest) {
		defer func() {
			if v := recover(); v != "defect" || c.fake.restored != 1 {
				t.Errorf("recovered %v, restored %d times", v, c.fake.restored)
			}
		}()
		defer c.Guard()
		panic("defect")
	})
}
