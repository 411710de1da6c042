package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	crowd      = flag.Int("crowd", 50, "members of TestCrowd's room")
	crowdPosts = flag.Int("crowd-posts", 200, "posts of each of its four posters")
	crowdAt    = flag.String("crowd-at", "", "address of a chatd that runs already, with --rate 0 and room crowd not made yet")
	crowdPid   = flag.Int("crowd-pid", 0, "its process, whose memory is logged")
)

// A room of many members, four of whom post as fast as they are answered and a
// tenth of whom do not read: every healthy member gets every post once and in
// order, those that read again later get the rest or an exact GAP, and when
// all have gone no goroutine is left.
func TestCrowd(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("room", playCrowd)
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left, there were %d\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

func playCrowd(t *testing.T) {
	address := *crowdAt
	if address == "" {
		address = startDaemon(t, "--memory", "--rate", "0")
	}
	logMemory(t, "before")
	const posters = 4
	total := posters * *crowdPosts
	var healthy, stalled []*client
	for i := range *crowd {
		c := dial(t, address)
		c.Timeout = 10 * patience
		c.line()
		if i == 0 {
			c.send("CREATE crowd\n")
			c.expect("OK CREATE crowd")
		}
		c.send(fmt.Sprintf("SET presence off\nNICK m%d\nJOIN crowd\n", i))
		for !strings.HasPrefix(c.line(), "OK JOIN ") {
		}
		if i%10 == 9 {
			stalled = append(stalled, c)
		} else {
			healthy = append(healthy, c)
		}
	}
	logMemory(t, "joined")
	start := time.Now()
	var readers sync.WaitGroup
	for i, c := range healthy {
		if i < posters {
			readers.Go(func() { postAll(c, i) })
			continue
		}
		readers.Go(func() { checkOrder(c, total) })
	}
	readers.Wait()
	took := time.Since(start)
	logMemory(t, "posted, a tenth not reading")
	var gaps atomic.Int64
	for _, c := range stalled {
		readers.Go(func() { gaps.Add(checkOrder(c, total)) })
	}
	readers.Wait()
	logMemory(t, "all read")
	t.Logf("%d posts to %d members in %v: %.0f posts/s, %.0f deliveries/s; %d posts in gaps of %d members that read late",
		total, *crowd, took.Round(time.Millisecond), float64(total)/took.Seconds(), float64(total*len(healthy))/took.Seconds(), gaps.Load(), len(stalled))
	for _, c := range append(healthy, stalled...) {
		_ = c.Close()
	}
}

// padding makes the posts long enough for those who do not read to fall behind
// what the system takes in for them.
var padding = strings.Repeat("x", 4000)

// postAll posts, the next line when the one before is answered, and checks that
// each number it is answered has come to it before.
func postAll(c *client, poster int) {
	next, answered := 1, 0
	for answered < *crowdPosts || next <= 4**crowdPosts {
		if next == 1 && answered == 0 {
			fmt.Fprintf(c, "POST %d 0 %s\n", poster, padding)
		}
		line := c.mustLine()
		var seq int
		switch {
		case strings.HasPrefix(line, "OK POST"):
			if _, err := fmt.Sscanf(line, "OK POST crowd %d", &seq); err != nil || seq >= next {
				c.t.Errorf("%q came when %d was next", line, next)
				return
			}
			if answered++; answered < *crowdPosts {
				fmt.Fprintf(c, "POST %d %d %s\n", poster, answered, padding)
			}
		default:
			if _, err := fmt.Sscanf(line, "MSG crowd %d ", &seq); err != nil || seq != next {
				c.t.Errorf("%q came when %d was next", line, next)
				return
			}
			next++
		}
	}
}

// checkOrder reads the room's posts up to number total: each once, in order,
// but for those in a GAP, whose number it returns.
func checkOrder(c *client, total int) (gone int64) {
	for next := 1; next <= total; {
		line := c.mustLine()
		var seq, to int
		if _, err := fmt.Sscanf(line, "GAP crowd %d %d retention", &seq, &to); err == nil {
			gone += int64(to - seq + 1)
		} else if _, err := fmt.Sscanf(line, "MSG crowd %d ", &seq); err == nil {
			to = seq
		}
		if seq != next {
			c.t.Errorf("%q came when %d was next", line, next)
			return gone
		}
		next = to + 1
	}
	return gone
}

// mustLine is line for goroutines, which must not end the test.
func (c *client) mustLine() string {
	line, err := c.ReadLine()
	if err != nil {
		c.t.Errorf("reading: %v", err)
	}
	return line
}

// logMemory logs the resident memory of the daemon, if it is another process.
func logMemory(t *testing.T, when string) {
	if *crowdPid == 0 {
		return
	}
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", *crowdPid))
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if resident, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			t.Logf("%s: resident %s", when, strings.TrimSpace(resident))
		}
	}
}
