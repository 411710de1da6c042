package sqlite_test

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// slow is what the plan of a query must not have that is asked often.
var slow = regexp.MustCompile(`SCAN (post|p)\b|TEMP B-TREE|AUTOMATIC`)

// explain checks the plans of what has been asked, and returns how many queries
// that was.
func explain(t *testing.T, conn *sql.Conn, name string, queries []query) (n int) {
	t.Helper()
	for _, q := range queries {
		verb, _, _ := strings.Cut(strings.TrimSpace(q.sql), " ")
		if !strings.Contains("SELECT DELETE UPDATE", verb) {
			continue
		}
		n++
		if plan := planOf(t, conn, q); slow.MatchString(plan) {
			t.Errorf("%s asks %s\n%s", name, q.sql, plan)
		}
	}
	return n
}

func planOf(t *testing.T, conn *sql.Conn, q query) (plan string) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q.sql, q.args...)
	if err != nil {
		t.Fatalf("%s: %v", q.sql, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, none int
		var detail string
		if err := rows.Scan(&id, &parent, &none, &detail); err != nil {
			t.Fatal(err)
		}
		plan += "    " + detail + "\n"
	}
	return plan
}

func TestQueriesUseTheirIndexes(t *testing.T) {
	t.Parallel()
	dir, _ := indexedStore(t, 30)
	g := gated(t, dir)
	s := open(t, dir, sqlite.Config{})
	holdIndex(t, dir)
	conn := rawConn(t, dir, sqlite.DBFile)
	g.asked()
	for _, test := range []struct {
		name string
		run  func() error
	}{
		{"Append", func() error { return (<-start(s, "go", posts(31, "one", "two"))).err }},
		{"SetTopic", func() error { return s.SetTopic(t.Context(), "go", "new", "bob") }},
		{"Room", func() error { _, err := s.Room(t.Context(), "go"); return err }},
		{"Rooms", func() error { _, _, err := s.Rooms(t.Context(), "g", "go", 9); return err }},
		{"Page", func() error { _, err := s.Page(t.Context(), "go", 3, 9, 999); return err }},
		{"Since", func() error { _, err := s.Since(t.Context(), "go", at(3)); return err }},
		{"Search", func() error {
			_, err := s.Search(t.Context(), "go", history.Query{After: 3, Terms: []history.Term{{Words: []string{"third"}}}, Limit: 9})
			return err
		}},
		{"Keyed", func() error { return s.Keyed(t.Context(), at(1), 9, func(string, *history.Post) {}) }},
		{"Keep by posts", func() error { s.SetRetain(sqlite.Retain{Posts: 20}); return s.Keep(t.Context()) }},
		{"Keep by age", func() error { s.SetRetain(sqlite.Retain{Age: time.Since(at(15))}); return s.Keep(t.Context()) }},
	} {
		if err := test.run(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if explain(t, conn, test.name, g.asked()) == 0 {
			t.Errorf("%s asks nothing", test.name)
		}
	}
}
