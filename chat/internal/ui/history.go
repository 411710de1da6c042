package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofrs/flock"

	"linechat/chatd/proto"
)

const (
	mostEntries   = 1000     // of a room
	maxEntryBytes = 8 << 10  // a longer one is not kept
	mostKeptBytes = 16 << 20 // of the file; what is older is not read
	noRoom        = "-"      // stands for the room of what was typed in none

	lockWait  = time.Second // for the file's lock
	lockRetry = 10 * time.Millisecond
)

// A history is what was typed, room by room. It is kept in a file, a line for
// each entry: the room, a tab, the text. Whoever else writes to the file takes
// the lock of the file beside it, too. What cannot be written is kept for as
// long as the program runs.
type history struct {
	path    string // "": there is no file
	typed   map[string][]string
	pending string // lines that are to be added to the file
	saving  bool   // others are being added
	err     error  // why the file cannot be used
	said    bool   // and that was said
}

// open begins to use a file, which need not exist.
func (h *history) open(path string) {
	h.path, h.typed = path, map[string][]string{}
	if path == "" {
		return
	}
	h.note(os.MkdirAll(filepath.Dir(path), 0o700))
	data, err := readEnd(path)
	h.note(err)
	for _, e := range parseHistory(data) {
		h.typed[e.room] = append(h.typed[e.room], e.text)
	}
}

// note keeps the first error; from then on the file is left alone.
func (h *history) note(err error) {
	if err != nil && h.err == nil {
		h.err = err
	}
}

func (h *history) usable() bool { return h.path != "" && h.err == nil }

// entries are those of a room, oldest first; what another client has added
// meanwhile is among them.
func (h *history) entries(room string) []string {
	room = historyRoom(room)
	if h.usable() && !h.saving && h.pending == "" {
		if data, err := readEnd(h.path); err == nil {
			var entries []string
			for _, e := range parseHistory(data) {
				if e.room == room {
					entries = append(entries, e.text)
				}
			}
			h.typed[room] = entries
		}
	}
	return slices.Clone(newest(h.typed[room]))
}

// add adds what was typed in a room.
func (h *history) add(room, text string) {
	room = historyRoom(room)
	if !remembers(text) || strings.Contains(text, "\n") || len(text) > maxEntryBytes || !utf8.ValidString(text) {
		return
	}
	h.typed[room] = append(h.typed[room], text)
	if h.usable() {
		h.pending += room + "\t" + text + "\n"
	}
}

// save returns what adds the pending lines to the file, for a goroutine that
// may wait, or nil. Its result is for saved.
func (h *history) save() func() error {
	if h.saving || h.pending == "" || !h.usable() {
		return nil
	}
	path, lines := h.path, h.pending
	h.saving, h.pending = true, ""
	return func() error { return locked(path, func() error { return appendLines(path, lines) }) }
}

// saved notes how save has ended.
func (h *history) saved(err error) {
	h.saving = false
	h.note(err)
}

// close adds what is pending, and has the file keep the newest entries of each
// room only.
func (h *history) close() {
	if !h.usable() {
		return
	}
	h.note(locked(h.path, func() error {
		if err := appendLines(h.path, h.pending); err != nil {
			return err
		}
		return shorten(h.path)
	}))
}

// locked runs f while no other client writes to the file. Whoever holds the
// lock for longer than lockWait is not waited for.
func locked(path string, f func() error) error {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	_, err := lock.TryLockContext(ctx, lockRetry)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("another program has held the lock %s for %v", lock.Path(), lockWait)
	case err != nil:
		return err
	}
	defer lock.Close() // which unlocks it
	return f()
}

func appendLines(path, lines string) error {
	if lines == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(lines); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// readEnd reads a file, or the end of one that is too large. One that does not
// exist is empty.
func readEnd(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	start := max(info.Size()-mostKeptBytes, 0)
	return io.ReadAll(io.NewSectionReader(f, start, mostKeptBytes))
}

// shorten replaces the file by one with what is kept of it.
func shorten(path string) error {
	data, err := readEnd(path)
	if err != nil {
		return err
	}
	kept := keepNewest(parseHistory(data))
	if bytes.Equal(kept, data) {
		return nil
	}
	return replaceFile(path, kept)
}

// replaceFile has a file be these bytes, all of them or none.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// An entry is one line of the file.
type entry struct{ room, text string }

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
		if left[e.room]--; left[e.room] < mostEntries {
			fmt.Fprintf(&b, "%s\t%s\n", e.room, e.text)
		}
	}
	return b.Bytes()
}

func newest(entries []string) []string { return entries[max(len(entries)-mostEntries, 0):] }

// historyRoom is a room as the file has it: the same however it is written.
func historyRoom(name string) string {
	if room, err := proto.ParseRoom(name); err == nil {
		return room.Fold
	}
	return noRoom
}

// remembers reports whether a line goes to the history: not one that has, or
// may have, a key in it, nor one that begins with a blank.
func remembers(line string) bool {
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
		return false
	}
	fields := strings.Fields(strings.ToLower(strings.TrimPrefix(line, "/")))
	for len(fields) > 2 && (fields[0] == "in" || fields[0] == "once") { // prefixes
		fields = fields[2:]
	}
	if len(fields) == 0 {
		return true
	}
	switch fields[0] {
	case "nick":
		return len(fields) < 3
	case "login", "register", "passwd":
		return false
	}
	return true
}

// saveHistory adds to the file what was typed, while the loop goes on.
func (u *ui) saveHistory() {
	if save := u.history.save(); save != nil {
		u.background(func(context.Context) func() {
			err := save()
			return func() { u.history.saved(err) }
		})
	}
}

// sayHistory says once that the file cannot be used.
func (u *ui) sayHistory() {
	if u.history.err != nil && !u.history.said {
		u.history.said = true
		u.infof("the input history is not saved: %v", u.history.err)
	}
}
