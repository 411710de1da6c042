package prompt

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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

// TestConsoleRandomly: whatever is typed while lines are printed, the lines that
// are entered are those that are entered while none is, and every printed line is
// shown once, in order.
func TestConsoleRandomly(t *testing.T) {
	for seed := range uint64(300) {
		keys := randomConsoleKeys(rand.New(rand.NewPCG(seed, 1)))
		var quiet, busy []string
		testConsole(t, completing(), func(c *consoleTest) {
			for _, key := range keys {
				c.press(string(key))
			}
			quiet = c.entered()
		})
		testConsole(t, completing(), func(c *consoleTest) {
			printed := c.pressAndPrint(keys, rand.New(rand.NewPCG(seed, 2)))
			busy = c.entered()
			c.wantPrinted(printed)
		})
		if !slices.Equal(quiet, busy) {
			t.Fatalf("seed %d: keys %q: lines are %q, without others printed %q", seed, keys, busy, quiet)
		}
	}
}

func completing() Options {
	return Options{
		Complete: func(line string, pos int) (string, []string, string) {
			return line[:pos], []string{"x", "yz"}, line[pos:]
		},
		Remember: remembers,
	}
}

func randomConsoleKeys(random *rand.Rand) []rune {
	alphabet := []rune{'a', 'b', 'c', 'd', ' ', enterKey, backspace, backspace, home, tabKey, up, ctrlR}
	keys := make([]rune, 60)
	for i := range keys {
		keys[i] = alphabet[random.IntN(len(alphabet))]
	}
	return append(keys, 'e', enterKey)
}

// pressAndPrint presses keys, with lines printed at any moment, and some of the
// keys between the look at the screen and the interrupt: those after which liner
// has nothing but the line to go on with.
func (c *consoleTest) pressAndPrint(keys []rune, random *rand.Rand) (printed int) {
	var mu sync.Mutex // of keys and random
	chance := func(n int) bool {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n) == 0
	}
	press := func(but string) {
		mu.Lock()
		defer mu.Unlock()
		if len(keys) > 0 && !strings.ContainsRune(but, keys[0]) {
			c.fake.press(string(keys[0]))
			keys = keys[1:]
		}
	}
	c.fake.onInterrupt = func() {
		if chance(3) {
			press(string([]rune{tabKey, up, ctrlR}))
		}
	}
	for range 2 * len(keys) {
		if chance(2) {
			printed++
			c.Print(fmt.Sprintf("printed %d", printed))
			synctest.Wait()
		}
		if !chance(4) {
			c.settle()
		}
		press("")
		synctest.Wait()
	}
	return printed
}

func (c *consoleTest) wantPrinted(n int) {
	c.t.Helper()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("printed %d", i+1))
	}
	c.wantScreen(append(want, "      go>")...)
}
