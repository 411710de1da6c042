package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/storetest"
	"linechat/chatd/proto"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) history.Store { return open(t, t.TempDir(), sqlite.Config{}) })
}

func TestStoreThatIsIndexed(t *testing.T) {
	t.Parallel()
	storetest.RunSearch(t, func(t *testing.T) history.Store {
		return indexed{open(t, t.TempDir(), sqlite.Config{})}
	})
}

func TestStoreThatIsNotIndexedYet(t *testing.T) {
	t.Parallel()
	storetest.RunSearch(t, func(t *testing.T) history.Store {
		dir := t.TempDir()
		s := open(t, dir, sqlite.Config{})
		holdIndex(t, dir)
		return s
	})
}

// An indexed is a store that searches when the index has all posts.
type indexed struct{ *sqlite.Store }

func (s indexed) Search(ctx context.Context, fold string, q history.Query) (history.Hits, error) {
	if err := s.Indexed(ctx); err != nil {
		return history.Hits{}, err
	}
	return s.Store.Search(ctx, fold, q)
}

// holdIndex keeps the indexer from writing until the test ends.
func holdIndex(t *testing.T, dir string) {
	t.Helper()
	conn := rawConn(t, dir, sqlite.IndexFile)
	execute(t, conn, "PRAGMA busy_timeout=5000")
	execute(t, conn, "BEGIN IMMEDIATE")
}

// open opens a store, which is closed when the test ends, if not before.
func open(t testing.TB, dir string, config sqlite.Config) *sqlite.Store {
	t.Helper()
	if g, ok := gates.Load(dir); ok {
		config = config.Around(g.(*gate).around)
	}
	s, err := sqlite.Open(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func shut(t testing.TB, s *sqlite.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// rawConn opens one of the store's files as another program would.
func rawConn(t testing.TB, dir, file string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(dir, file)}).EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), db.Close() })
	return conn
}

// change has another program change one of the store's files, which is closed.
func change(t testing.TB, dir, file, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(dir, file)}).EscapedPath())
	if err == nil {
		_, err = db.ExecContext(t.Context(), query, args...)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func execute(t testing.TB, conn *sql.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// number returns the one number that a query selects.
func number(t testing.TB, conn *sql.Conn, query string, args ...any) (n int64) {
	t.Helper()
	if err := conn.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// noon is the time of a room's first post; the others follow a second apart.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seq uint64) time.Time { return noon.Add(time.Duration(seq-1) * time.Second) }

func create(t testing.TB, s history.Store, names ...string) {
	t.Helper()
	for _, name := range names {
		n, err := proto.ParseRoom(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Create(t.Context(), history.Room{Name: n, Topic: "about " + name, Maker: "alice", Made: noon}); err != nil {
			t.Fatalf("Create %s: %v", name, err)
		}
	}
}

// posts returns posts from number first on.
func posts(first uint64, texts ...string) []history.Post {
	posts := make([]history.Post, len(texts))
	for i, text := range texts {
		seq := first + uint64(i)
		posts[i] = history.Post{Seq: seq, Time: at(seq), Kind: proto.MSG, Nick: "alice", Text: text}
	}
	return posts
}

// texts returns n texts.
func texts(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint("post ", i)
	}
	return texts
}

type outcome struct {
	first uint64
	err   error
}

// start begins an Append; what it is answered comes from the channel.
func start(s history.Store, fold string, posts []history.Post) <-chan outcome {
	answer := make(chan outcome, 2) // a second answer is for the race of the mistaken
	s.Append(fold, slices.Clone(posts), func(first uint64, err error) { answer <- outcome{first, err} })
	return answer
}

// post appends posts from number first on.
func post(t testing.TB, s history.Store, fold string, first uint64, texts ...string) []history.Post {
	t.Helper()
	want := posts(first, texts...)
	if got := <-start(s, fold, want); got != (outcome{first: first}) {
		t.Fatalf("Append to %s: first %d, %v; want %d", fold, got.first, got.err, first)
	}
	return want
}

// all returns what is kept of a room.
func all(t testing.TB, s history.Store, fold string) history.Page {
	t.Helper()
	p, err := s.Page(t.Context(), fold, 1, 1<<62, 1<<30)
	if err != nil {
		t.Fatalf("Page %s: %v", fold, err)
	}
	return p
}

// has has the room hold exactly these posts.
func has(t testing.TB, s history.Store, fold string, want []history.Post) {
	t.Helper()
	got := all(t, s, fold).Posts
	for i := range got {
		got[i].Time = got[i].Time.UTC()
	}
	if !slices.Equal(got, want) {
		t.Errorf("room %s has %s, want %s", fold, show(got), show(want))
	}
}

func show(posts []history.Post) string {
	if len(posts) > 6 {
		return fmt.Sprintf("%d posts, %s … %s", len(posts), show(posts[:2]), show(posts[len(posts)-2:]))
	}
	return fmt.Sprintf("%+v", posts)
}

func load(t testing.TB, s history.Store, fold string) history.Room {
	t.Helper()
	r, err := s.Room(t.Context(), fold)
	if err != nil {
		t.Fatalf("Room %s: %v", fold, err)
	}
	return r
}

// find returns the numbers of the posts that have these words.
func find(t testing.TB, s history.Store, fold, text string) []uint64 {
	t.Helper()
	q := history.Query{Limit: 1 << 30}
	for _, word := range history.Words(text) {
		q.Terms = append(q.Terms, history.Term{Words: []string{word}})
	}
	hits, err := s.Search(t.Context(), fold, q)
	if err != nil || hits.MissedTo != 0 {
		t.Fatalf("Search %s: missed %d to %d, %v", text, hits.MissedFrom, hits.MissedTo, err)
	}
	return hits.Seqs
}

// A logbook counts what is logged.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

func (b *logbook) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Write implements io.Writer.
func (b *logbook) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, string(line))
	return len(line), nil
}

// count returns how many lines say so.
func (b *logbook) count(what string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.lines {
		if strings.Contains(line, what) {
			n++
		}
	}
	return n
}
