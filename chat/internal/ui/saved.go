package ui

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	mostSaved     = 1000    // entries of a room that are kept
	mostSavedLine = 4 << 10 // bytes of an entry; longer ones are passed over
	noRoom        = "-"     // stands for the room of what was entered in none
)

// A Saved is the input history, in a file that several running clients share:
// a line an entry, ROOM TAB TEXT, with line breaks as \n. The zero value keeps
// nothing. One goroutine at a time may use it.
type Saved struct {
	Path string // "": none is kept
}

var (
	escapeBreaks   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	unescapeBreaks = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// Room returns the entries of a room, the oldest first; "" is no room.
func (s Saved) Room(room string) ([]string, error) {
	all, err := s.read()
	var entries []string
	for _, e := range all {
		if e.room == roomKey(room) {
			entries = append(entries, unescapeBreaks.Replace(e.text))
		}
	}
	return entries, err
}

// Add appends an entry.
func (s Saved) Add(room, text string) error {
	line := roomKey(room) + "\t" + escapeBreaks.Replace(text) + "\n"
	if s.Path == "" || len(line) > mostSavedLine || !utf8.ValidString(line) {
		return nil
	}
	return s.locked(func() error {
		f, err := os.OpenFile(s.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(line)
		return errors.Join(err, f.Close())
	})
}

// Trim keeps the newest entries of each room, if there are many more.
func (s Saved) Trim() error {
	if s.Path == "" {
		return nil
	}
	return s.locked(func() error {
		all, err := s.read()
		if err != nil {
			return err
		}
		kept := newest(all)
		if len(kept) == len(all) {
			return nil
		}
		var b strings.Builder
		for _, e := range kept {
			b.WriteString(e.room + "\t" + e.text + "\n")
		}
		part := s.Path + ".new"
		if err := os.WriteFile(part, []byte(b.String()), 0o600); err != nil {
			return err
		}
		return os.Rename(part, s.Path)
	})
}

// A savedEntry is a line of the file.
type savedEntry struct{ room, text string }

// newest returns the newest entries of each room, in their order.
func newest(all []savedEntry) []savedEntry {
	over := map[string]int{}
	for _, e := range all {
		over[e.room]++
	}
	var kept []savedEntry
	for _, e := range all {
		if over[e.room]--; over[e.room] < mostSaved {
			kept = append(kept, e)
		}
	}
	return kept
}

// read reads the file; what is no entry is passed over.
func (s Saved) read() (all []savedEntry, err error) {
	if s.Path == "" {
		return nil, nil
	}
	f, err := os.Open(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for r := bufio.NewReaderSize(f, mostSavedLine); ; {
		line, long, err := r.ReadLine()
		if err != nil {
			return all, nil // the end, or what cannot be read
		}
		if long {
			for long && err == nil {
				_, long, err = r.ReadLine()
			}
			continue
		}
		room, text, ok := strings.Cut(string(line), "\t")
		if ok && utf8.ValidString(text) {
			all = append(all, savedEntry{room, text})
		}
	}
}

// locked runs f while no other client changes the file. The lock is a file of
// its own, since the other one is replaced.
func (s Saved) locked(f func() error) error {
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return err
	}
	key, err := os.OpenFile(s.Path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer key.Close() // which unlocks it
	if err := lock(key); err != nil {
		return err
	}
	return f()
}

func roomKey(room string) string {
	if room == "" {
		return noRoom
	}
	return strings.ToLower(room)
}
