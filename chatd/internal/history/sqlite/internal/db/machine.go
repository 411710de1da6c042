package db

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
)

// MachineColumns are the columns of what a shared log has left, in the order in which rows are
// scanned.
const MachineColumns = "key, value, sum"

// ScanMachine reads a row of what a shared log has left. ErrDamaged.
func ScanMachine(row Scanner) (key, value []byte, err error) {
	var sum int64
	err = row.Scan(&key, &value, &sum)
	if err == nil && new(Checksum).machine(key, value) != sum {
		err = fmt.Errorf("%w: the row of key %x of the shared log has changed", ErrDamaged, key)
	}
	return key, value, err
}

func (s *Checksum) machine(key, value []byte) int64 {
	s.text(string(key))
	s.text(string(value))
	return s.sum()
}

// positionKey is that of the position of the record applied last.
var positionKey = []byte{}

// Applied returns the position of the record that was applied last, and whether the store is a
// copy of a shared log at all. ErrDamaged.
func (c *Conn) Applied() (seq uint64, shared bool, err error) {
	_, value, err := ScanMachine(c.One("SELECT "+MachineColumns+" FROM machine WHERE key = ?", positionKey))
	switch {
	case errors.Is(err, ErrNoRow):
		return 0, false, nil
	case err == nil && len(value) != 8:
		err = fmt.Errorf("%w: its position in the shared log has %d bytes", ErrDamaged, len(value))
	}
	if err != nil {
		return 0, true, err
	}
	return binary.BigEndian.Uint64(value), true, nil
}

// Values calls each with every key and value, sorted by key, that Put has stored. ErrDamaged.
func (c *Conn) Values(each func(key, value []byte) error) error {
	return c.Each("SELECT "+MachineColumns+" FROM machine WHERE key > ? ORDER BY key", func(row *Row) error {
		key, value, err := ScanMachine(row)
		if err != nil {
			return err
		}
		return each(key, value)
	}, positionKey)
}

// Errors of a file that is opened for another use than it has.
var (
	errShared = errors.New("it is the copy of a chat on several machines: start chatd with --nats, or give --data another directory and take the rooms there by chatd export and chatd import")
	errNoCopy = errors.New("it is no copy of a chat on several machines, or nothing is applied to it")
	errLocal  = errors.New("it has the rooms of a chat on one machine: give --data another directory, and take the rooms into the chat on several by chatd export and chatd import --nats")
)

// claim sees to it that the file is a copy of a shared log, or is none. Only of such a copy
// may a power cut take what was committed last: the log has it, and it is applied again.
func (w *Writer) claim(shared bool) error {
	_, is, err := w.Applied()
	switch {
	case err != nil:
		return err
	case is && !shared:
		return errShared
	case shared && !is:
		err = w.Transact(func(t *Tx) error { return t.share() })
	}
	if shared && err == nil {
		err = w.UseWAL(Normal)
	}
	return err
}

// share makes an empty file a copy of a shared log, of which nothing is applied.
func (t *Tx) share() error {
	var some int
	if err := t.One("SELECT EXISTS (SELECT 1 FROM room) OR EXISTS (SELECT 1 FROM account)").Scan(&some); err != nil {
		return err
	}
	if some != 0 {
		return errLocal
	}
	return t.SetApplied(0)
}

// Adopt makes the copy of a shared log that another machine has one of this machine: it is
// brought up to date, and may become as large as the disk that it is on allows.
func Adopt(path string) error {
	c, err := Open(path, Options{Pragmas: CommonPragmas})
	if err != nil {
		return err
	}
	return errors.Join(adopt(c, filepath.Dir(path)), c.Close())
}

func adopt(c *Conn, dir string) error {
	if err := Chat.Migrate(c); err != nil {
		return err
	}
	applied, _, err := c.Applied()
	if err == nil && applied == 0 {
		err = errNoCopy
	}
	if err != nil {
		return err
	}
	return c.Exec("INSERT OR REPLACE INTO meta VALUES ('max_store', ?)", maxStore(dir))
}

// SetApplied stores the position of the record that was applied last.
func (t *Tx) SetApplied(seq uint64) error {
	return t.Put(positionKey, binary.BigEndian.AppendUint64(nil, seq))
}

// Put stores a value of a key, and with nil none.
func (t *Tx) Put(key, value []byte) error {
	if value == nil {
		return t.Exec("DELETE FROM machine WHERE key = ?", key)
	}
	return t.Exec("INSERT OR REPLACE INTO machine ("+MachineColumns+") VALUES (?, ?, ?)", key, value, t.sums.machine(key, value))
}
