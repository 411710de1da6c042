package prompt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

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
