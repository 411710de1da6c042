package sqlite

import (
	"cmp"
	"path/filepath"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// FuzzMatch has the index find what history.Query.Matches says, and nothing else,
// whatever text and query are.
func FuzzMatch(f *testing.F) {
	for _, seed := range []struct{ text, query string }{
		{"The quick brown fox", "quick BROWN"},
		{"Café STRASSE \u0130stanbul", "cafe\u0301 straße istanbul"},
		{"東京タワー 한국어 ไทย", "京タ"},
		{"\u19b0 \u19b1\u19b2", "\u19b0"}, // letters that were none in Unicode 6.1
		{"x\u19b0y 𞤀𞤁 𐓰", "x\u19b0"},
		{`"a" AND NEAR(b c, 2) OR text:x*`, `near("b c`},
		{"٣٤ ½ ⅷ ²", "2 3 viii"},
		{"ﷺ ﬃ Ǆ", "ffi dž"},
		{"\x00\xff\xfe broken", "broken"},
		{"", "nothing"},
	} {
		f.Add(seed.text, seed.query, "alice", false)
		f.Add(seed.text, seed.query, "Jürgen", true)
	}
	path := filepath.Join(f.TempDir(), "search.db")
	if err := db.CreatePrivate(path); err != nil {
		f.Fatal(err)
	}
	conn, err := db.Open(path, db.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	if err := db.Search.Migrate(conn); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, query, nick string, prefix bool) {
		err := conn.Transact(func() error {
			if err := writeWords(t.Context(), conn, []wordsRow{{id: 1, room: 7, nick: nick, text: text}}, nil); err != nil {
				return err
			}
			agrees(t, conn, text, query, nick, prefix)
			return conn.Exec("DELETE FROM words")
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// agrees searches the index of one text for words of a query in any order, and
// next to each other.
func agrees(t *testing.T, conn *db.Conn, text, query, nick string, prefix bool) {
	t.Helper()
	words := history.Words(query)
	queries := []history.Query{{}, {Nick: cmp.Or(history.FoldNick(nick), "alice")}, {Nick: "somebody else"}}
	for _, word := range words {
		queries[0].Terms = append(queries[0].Terms, history.Term{Words: []string{word}, Prefix: prefix})
	}
	if len(words) > 0 {
		queries[1].Terms = []history.Term{{Words: words, Prefix: prefix}}
	} else {
		queries = queries[1:] // a query has a word or a nick
	}
	for _, q := range queries {
		for _, room := range []int64{7, 8} {
			match := (&search{query: q, room: room}).match()
			var found int
			err := conn.One("SELECT count(*) FROM words WHERE words MATCH ?", match).Scan(&found)
			if want := room == 7 && q.Matches(nick, text); err != nil || want != (found == 1) {
				t.Errorf("%q by %q, query %s: found %d, %v; Matches says %v", text, nick, match, found, err, want)
			}
		}
	}
}
