package offline

import (
	"context"
	"errors"
	"io/fs"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// An indexMark is how far search.db has followed chat.db. What is found wrong
// with the file is one remark.
//
// Whether it belongs to chat.db and whether its index agrees with itself can be
// seen without a lock that the daemon would wait for. Whether the words of each
// post are in it cannot be seen, for it keeps no texts; a search passes over what
// it has too much, and what it has too little is not found.
type indexMark struct {
	path      string
	upto, sum int64
	missing   bool
	wrong     string // "": nothing so far
}

// readMark reads how far the file is.
func readMark(ctx context.Context, path string) *indexMark {
	m := &indexMark{path: path}
	m.inspect(ctx, func(s *snapshot) error {
		if err := s.verify(&db.Search); err != nil {
			return err
		}
		return s.One(db.Indexed).Scan(&m.upto, &m.sum)
	})
	return m
}

// inspect calls f to read the file, unless something is wrong with it already.
func (m *indexMark) inspect(ctx context.Context, f func(*snapshot) error) {
	if m.missing || m.wrong != "" {
		return
	}
	s, err := openSnapshot(ctx, m.path)
	if errors.Is(err, fs.ErrNotExist) {
		m.missing = true // the daemon makes it
		return
	}
	if err == nil {
		err = errors.Join(f(s), s.Close())
	}
	if err != nil && ctx.Err() == nil {
		m.wrong = err.Error()
	}
}

// compare sees whether it is that of this chat.db, whose last post has that id.
func (m *indexMark) compare(chat *snapshot, last int64) {
	if m.missing || m.wrong != "" {
		return
	}
	sum := m.sum // where retention has taken the post
	err := chat.One("SELECT sum FROM post WHERE id = ?", m.upto).Scan(&sum)
	if (err == nil || errors.Is(err, db.ErrNoRow)) && (sum != m.sum || m.upto > last) {
		m.wrong = "it was made from another chat.db"
	}
}

// pages has SQLite compare the index with itself.
func (m *indexMark) pages(ctx context.Context) error {
	m.inspect(ctx, func(s *snapshot) error {
		return s.integrity(1, func(line string) { m.wrong = line })
	})
	return ctx.Err()
}
