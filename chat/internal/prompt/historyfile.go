package prompt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofrs/flock"

	"linechat/chatd/proto"
)

const (
	maxEntryBytes   = 8 << 10  // a longer one is not kept in the file
	maxHistoryBytes = 16 << 20 // of the file; what is older is not read
	noRoom          = "-"      // stands for the room of what was typed in none

	lockTimeout = time.Second // for the file's lock
	lockRetry   = 10 * time.Millisecond
)

// A historyFile keeps what was typed, a line for each entry: the room, a tab, the
// text. Whoever else writes to the file takes the lock of the file beside it, too.
// The value is the file's path; "" is a file that keeps nothing.
type historyFile string

// An entry is one line of the file.
type entry struct{ room, text string }

// makeDir makes the directory of the file, which need not exist.
func (f historyFile) makeDir() error { return os.MkdirAll(filepath.Dir(string(f)), 0o700) }

// append adds lines.
func (f historyFile) append(lines string) error {
	if lines == "" {
		return nil
	}
	return f.locked(func() error {
		file, err := os.OpenFile(string(f), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		_, err = file.WriteString(missingEnd(file) + lines)
		return errors.Join(err, file.Close())
	})
}

// missingEnd is the end of the last line, if that has none: whoever was to write it
// has found the disk full, say.
func missingEnd(file *os.File) string {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return ""
	}
	var last [1]byte
	if _, err := file.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return ""
	}
	return "\n"
}

// shorten has the file keep the newest entries of each room only.
func (f historyFile) shorten() error {
	return f.locked(func() error {
		data, err := f.read()
		if err != nil {
			return err
		}
		kept := keepNewest(parseHistory(data))
		if bytes.Equal(kept, data) {
			return nil
		}
		return f.replace(kept)
	})
}

// locked runs do while no other client writes to the file. Whoever holds the
// lock for longer than lockTimeout is not waited for.
func (f historyFile) locked(do func() error) error {
	if f == "" {
		return nil
	}
	lock := flock.New(string(f)+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	_, err := lock.TryLockContext(ctx, lockRetry)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("another program has held the lock %s for %v", lock.Path(), lockTimeout)
	case err != nil:
		return err
	}
	defer lock.Close() // which unlocks it
	return do()
}

// entries are those of each room, oldest first, as they are edited.
func (f historyFile) entries() (map[string][]string, error) {
	data, err := f.read()
	entries := map[string][]string{}
	for _, e := range parseHistory(data) {
		entries[e.room] = append(entries[e.room], editable(e.text))
	}
	return entries, err
}

// read reads the file, or the end of one that is too large. One that does not
// exist is empty.
func (f historyFile) read() ([]byte, error) {
	info, err := os.Stat(string(f))
	switch {
	case os.IsNotExist(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", f)
	}
	file, err := os.Open(string(f))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := max(info.Size()-maxHistoryBytes, 0)
	return io.ReadAll(io.NewSectionReader(file, start, maxHistoryBytes))
}

// replace has the file be these bytes, all of them or none.
func (f historyFile) replace(data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), string(f))
}

// parseHistory reads the file. What is no entry, and what is too long or not
// UTF-8, is passed over.
func parseHistory(data []byte) []entry {
	var entries []entry
	for line := range bytes.Lines(data) {
		room, text, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if ok && room != "" && text != "" && len(text) <= maxEntryBytes && utf8.ValidString(text) && line[len(line)-1] == '\n' {
			entries = append(entries, entry{room, proto.Clean(text)})
		}
	}
	return entries
}

// keepNewest returns the newest entries of each room as lines, in their order.
func keepNewest(entries []entry) []byte {
	left := map[string]int{}
	for _, e := range entries {
		left[e.room]++
	}
	var b bytes.Buffer
	for _, e := range entries {
		if left[e.room]--; left[e.room] < maxEntries {
			fmt.Fprintf(&b, "%s\t%s\n", e.room, e.text)
		}
	}
	return b.Bytes()
}

// fileLines are entries as the file has them. Those of several lines are not kept
// in it.
func fileLines(entries []entry) string {
	var b strings.Builder
	for _, e := range entries {
		text := entered(e.text)
		if !strings.Contains(text, "\n") && len(text) <= maxEntryBytes && utf8.ValidString(text) {
			fmt.Fprintf(&b, "%s\t%s\n", e.room, text)
		}
	}
	return b.String()
}

// historyRoom is a room as the file has it: the same however it is written.
func historyRoom(name string) string {
	if room, err := proto.ParseRoom(name); err == nil {
		return room.Fold
	}
	return noRoom
}
