//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a key takes from the terminal to the screen, pressed at the pace of fast
// typing:
//
//	go test ./chat/internal/prompt -run '^$' -bench . -benchtime 3000x
func BenchmarkEcho(b *testing.B) {
	b.Run("alone", func(b *testing.B) { benchmarkEcho(b, 0) })
	b.Run("100 messages a second", func(b *testing.B) { benchmarkEcho(b, 10*time.Millisecond) })
	b.Run("1000 messages a second", func(b *testing.B) { benchmarkEcho(b, time.Millisecond) })
}

const typedLetters = "abcdefghijklmnopqrstuvwxyz" // messages have none of them

// benchMessage is of 80 characters or so.
var benchMessage = "MESSAGE % " + strings.Repeat("X", 70)

func benchmarkEcho(b *testing.B, every time.Duration) {
	c := startSession(b, setup{Status: true}, 120, 40)
	if every > 0 {
		c.order(order{Do: "flood", Text: benchMessage, Count: 1 << 30, Every: every})
	}
	pace := time.NewTicker(7 * time.Millisecond)
	defer pace.Stop()
	var took []time.Duration
	b.ResetTimer()
	for n := range b.N {
		<-pace.C
		letter := typedLetters[n%len(typedLetters)]
		if n > 0 && letter == typedLetters[0] {
			c.keys("\r")
			c.wantLine(typedLetters)
		}
		took = append(took, c.echo(letter))
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(took[len(took)/2]), "p50-ms")
	b.ReportMetric(milliseconds(took[len(took)*99/100]), "p99-ms")
	c.do("stop", "")
}

// echo types a key that is not on the screen and is how long it takes to be.
func (c *session) echo(key byte) time.Duration {
	c.mu.Lock()
	from := len(c.output)
	c.mu.Unlock()
	began := time.Now()
	c.keys(string(key))
	for {
		c.mu.Lock()
		changed, echoed := c.changed, bytes.IndexByte(c.output[from:], key) >= 0
		c.mu.Unlock()
		if echoed {
			return time.Since(began)
		}
		<-changed
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// What a thousand messages a second cost the whole process, as a part of one
// processor.
func BenchmarkMessages(b *testing.B) {
	c := startSession(b, setup{Status: true}, 120, 40)
	c.keys("half-typed")
	c.wantLast("> half-typed")
	before := c.cpu()
	b.ResetTimer()
	began := time.Now()
	for left := b.N; left > 0; left -= 1000 {
		text := strconv.Itoa(left) + " " + benchMessage
		count := min(left, 1000)
		c.order(order{Do: "flood", Text: text, Count: count, Every: time.Millisecond})
		last := strings.ReplaceAll(text, "%", strconv.Itoa(count-1))
		c.await(last, func(rows []string) bool { return slices.Contains(rows, last) })
	}
	b.ReportMetric(float64(c.cpu()-before)/float64(time.Since(began))*100, "%CPU")
	b.ReportMetric(0, "ns/op")
}

func (c *session) cpu() time.Duration {
	c.order(order{Do: "cpu"})
	return c.report("done").Took
}
