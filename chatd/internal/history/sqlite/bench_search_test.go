package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// A search for many beginnings of words, as many as a SEARCH may have, costs what few do.
func BenchmarkSearchPrefixes(b *testing.B) {
	const all, batch = 20_000, 1000
	s := open(b, b.TempDir(), sqlite.Config{})
	create(b, s, "go")
	for first := 1; first < all; first += batch {
		list := posts(uint64(first), make([]string, batch)...)
		for i := range list {
			list[i].Text = hexWords(first + i)
		}
		if got := <-start(s, "go", list); got.err != nil {
			b.Fatal(got.err)
		}
	}
	caughtUp(b, s)
	for _, n := range []int{1, 2, 4, 8, 32} {
		b.Run(fmt.Sprintf("prefixes=%d", n), func(b *testing.B) {
			var terms []history.Term
			for i := range n {
				terms = append(terms, history.Term{Words: []string{fmt.Sprintf("w%x", i)}, Prefix: true})
			}
			for b.Loop() {
				if _, err := s.Search(b.Context(), "go", history.Query{Terms: terms, Limit: 20}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// hexWords returns a dozen words, of which a post has some that others have, too.
func hexWords(post int) string {
	words := make([]string, 12)
	for i := range words {
		words[i] = fmt.Sprintf("w%x", (post+1)*(i+1)%4999)
	}
	return strings.Join(words, " ")
}
