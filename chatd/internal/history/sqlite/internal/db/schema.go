package db

import (
	"fmt"
	"slices"
)

// A Schema says what a kind of file holds. Its user_version counts the steps that a file
// has seen. Migrate executes the others.
type Schema struct {
	Application int64 // the file's application_id
	Steps       []string
}

// Chat is the schema of chat.db.
//
// A room's numbers first … are kept; where none is, the last number was first-1,
// made at last. Its id is never used again. Checksums are CRC-32C over a row's other fields: SQLite itself does
// not notice when a disk changes what it has written.
var Chat = Schema{Application: 0x63686174, Steps: []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE room (
	id       INTEGER PRIMARY KEY,
	fold     TEXT    NOT NULL UNIQUE,
	look     TEXT    NOT NULL UNIQUE,
	shown    TEXT    NOT NULL,
	topic    TEXT    NOT NULL,
	topic_by TEXT    NOT NULL,
	maker    TEXT    NOT NULL,
	made     INTEGER NOT NULL, -- times are Unix nanoseconds
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	sum      INTEGER NOT NULL
);
CREATE TABLE post (
	id   INTEGER PRIMARY KEY, -- in the order of commits over all rooms; never used again
	room INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind TEXT    NOT NULL,
	nick TEXT    NOT NULL,
	text TEXT    NOT NULL,
	once TEXT,
	sum  INTEGER NOT NULL,
	UNIQUE (room, seq)
);
`, `
ALTER TABLE post ADD COLUMN account INTEGER; -- whose it is; NULL: a guest's
CREATE TABLE account (
	id       INTEGER PRIMARY KEY, -- never used again
	fold     TEXT    NOT NULL UNIQUE,
	look     TEXT    NOT NULL UNIQUE,
	shown    TEXT    NOT NULL,
	hash     TEXT    NOT NULL, -- of the password; empty: there is none
	made     INTEGER NOT NULL,
	released INTEGER NOT NULL, -- when it was given up; 0: it is in force
	sum      INTEGER NOT NULL
);
CREATE TABLE key (
	account     INTEGER NOT NULL,
	fingerprint TEXT    NOT NULL,
	kind        TEXT    NOT NULL,
	comment     TEXT    NOT NULL,
	added       INTEGER NOT NULL,
	proved      INTEGER NOT NULL, -- 1: one account at most has it so; 0: any number of them
	sum         INTEGER NOT NULL,
	PRIMARY KEY (account, fingerprint)
) WITHOUT ROWID;
CREATE UNIQUE INDEX key_proved ON key (fingerprint) WHERE proved = 1;
CREATE TABLE dropped ( -- rooms that are gone, and of which posts or words may be left
	room INTEGER PRIMARY KEY,
	sum  INTEGER NOT NULL
);
`, `
ALTER TABLE room ADD COLUMN account -- whose it is; 0: a guest's; NULL: nobody's
	INTEGER;
CREATE TABLE ignored ( -- nicks that accounts ignore
	account INTEGER NOT NULL,
	fold    TEXT    NOT NULL,
	shown   TEXT    NOT NULL,
	sum     INTEGER NOT NULL,
	PRIMARY KEY (account, fold)
) WITHOUT ROWID;
`, `
CREATE TABLE machine ( -- what a shared log has left beside rooms, posts and accounts; without a row the store is not shared
	key   BLOB    NOT NULL PRIMARY KEY, -- empty: the position of the record applied last
	value BLOB    NOT NULL,
	sum   INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
`}}

// Search is the schema of search.db. The words are split and folded by
// history.Words, so the tokenizer has nothing left to do but to split at blanks:
// this one does that, and takes all that is not ASCII for letters.
var Search = Schema{Application: 0x63686178, Steps: []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('upto', 0), ('sum', 0);
CREATE VIRTUAL TABLE words USING fts5 (nick, text,
	content = '', contentless_delete = 1, tokenize = 'ascii');
`}}

// LastID selects the last id that was given to a post.
const LastID = `SELECT max(coalesce((SELECT max(id) FROM post), 0), coalesce((SELECT value FROM meta WHERE key = 'last_id'), 0))`

// LastRoom selects the last id that was given to a room.
const LastRoom = `SELECT max(coalesce((SELECT max(id) FROM room), 0), coalesce((SELECT value FROM meta WHERE key = 'last_room'), 0))`

// MaxStore selects how large the files may become unless a flag says so; 0: there is no limit.
const MaxStore = `SELECT coalesce((SELECT value FROM meta WHERE key = 'max_store'), 0)`

// Indexed selects the id and the checksum of the post that was indexed last.
const Indexed = "SELECT (SELECT value FROM meta WHERE key = 'upto'), (SELECT value FROM meta WHERE key = 'sum')"

// Version returns how many of the steps a file has seen. It refuses a file that a newer
// chatd or another program wrote.
func (s *Schema) Version(c *Conn) (version int64, err error) {
	var application, tables int64
	for query, answer := range map[string]*int64{
		"PRAGMA application_id": &application, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := c.One(query).Scan(answer); err != nil {
			return 0, err
		}
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
	case application != s.Application:
		return 0, fmt.Errorf("another program wrote this (application_id %#x)", application)
	case version < 0:
		return 0, fmt.Errorf("%w: its schema is number %d", ErrDamaged, version)
	case version > int64(len(s.Steps)):
		return 0, fmt.Errorf("a newer chatd wrote this (schema %d, and this one knows up to %d); use that one, or restore a backup", version, len(s.Steps))
	}
	return version, nil
}

// Migrate brings a file up to date, or makes it, and then executes what is to be in a new one
// as well.
func (s *Schema) Migrate(c *Conn, new ...string) error {
	version, err := s.Version(c)
	if err != nil || version == int64(len(s.Steps)) {
		return err
	}
	steps := s.Steps[version:]
	if version == 0 {
		steps = slices.Concat(steps, new)
	}
	return c.Transact(func() error {
		for _, step := range steps {
			if err := c.ExecScript(step); err != nil {
				return err
			}
		}
		return c.ExecScript(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", s.Application, len(s.Steps)))
	})
}

// Transact calls f in a transaction and commits it. It rolls back if f fails, and if the
// commit does, which is a *CommitError.
func (c *Conn) Transact(f func() error) error {
	if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if err = c.Exec("COMMIT"); err == nil {
			return nil
		}
		err = &CommitError{err}
	}
	// It fails when SQLite has rolled back already.
	_ = c.Exec("ROLLBACK")
	return err
}

// A CommitError is the error of a COMMIT. What that was to write may be on the disk.
type CommitError struct{ error }

// Unwrap returns what SQLite said.
func (e *CommitError) Unwrap() error { return e.error }

// A Sync is a level of PRAGMA synchronous: what a commit waits for.
type Sync int64

// The levels in use. Only Full keeps what was committed through a power cut.
const (
	Normal Sync = 1
	Full   Sync = 2
)

// UseWAL sets the connection to WAL mode and to a level of synchronous, and checks that
// both are in force.
func (c *Conn) UseWAL(level Sync) error {
	var mode string
	var got Sync
	if err := c.One("PRAGMA journal_mode=WAL").Scan(&mode); err != nil {
		return err
	}
	if err := c.Exec(fmt.Sprintf("PRAGMA synchronous=%d", level)); err != nil {
		return err
	}
	// On macOS fsync leaves the data in the disk's cache, which a power cut loses.
	if err := c.Exec(fmt.Sprintf("PRAGMA fullfsync=%t", level == Full)); err != nil {
		return err
	}
	if err := c.One("PRAGMA synchronous").Scan((*int64)(&got)); err != nil {
		return err
	}
	if mode != "wal" || got != level {
		return fmt.Errorf("sqlite: journal_mode is %s and synchronous %d, not wal and %d", mode, got, level)
	}
	return nil
}

// BytesInUse returns how many bytes of a file are in use.
func (c *Conn) BytesInUse() (n int64, err error) {
	err = c.One("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&n)
	return n, err
}
