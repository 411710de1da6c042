package sqlite_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// TestEveryLetterIsFound indexes the letters and numbers of all scripts, each
// once as a word and once within one.
func TestEveryLetterIsFound(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 1))
	var letters []rune
	for r := range unicode.MaxRune {
		if unicode.In(r, unicode.L, unicode.N) && (rng.IntN(3000) == 0 || r>>4 == 0x19b) {
			letters = append(letters, r)
		}
	}
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	var list []string
	for _, r := range letters {
		list = append(list, string(r)+" x"+string(r)+"y")
	}
	for i, part := range slices.Collect(slices.Chunk(list, 100)) {
		post(t, s, "go", uint64(i*100+1), part...)
	}
	caughtUp(t, s)
	for i, text := range list {
		seq := uint64(i + 1)
		for _, prefix := range []bool{false, true} {
			q := history.Query{After: seq - 1, Before: seq + 1, Limit: 1, Terms: []history.Term{{Words: history.Words(text), Prefix: prefix}}}
			hits, err := s.Search(t.Context(), "go", q)
			if len(hits.Seqs) != 1 || err != nil {
				t.Errorf("%q (%U) is not found: %v", text, letters[i], err)
			}
		}
	}
}
