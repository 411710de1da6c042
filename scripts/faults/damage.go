package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// chatd's files.
const (
	dbFile     = "chat.db"
	walFile    = "chat.db-wal"
	searchFile = "search.db"
)

const sectorBytes = 512

// A damager damages files, in another way each time.
type damager struct {
	rng   *rand.Rand
	count map[string]int // of damages, by kind
	kind  string         // of the last damage
}

// The kinds of damage, in turn.
var damages = []struct {
	kind   string
	killed bool // of the files that a killed chatd has left
	damage func(d *damager, files image, nth int) string
}{
	{"closed: bytes of " + dbFile, false, func(d *damager, f image, nth int) string { return d.flip(f, dbFile, nth) }},
	{"killed: bytes of " + walFile, true, func(d *damager, f image, nth int) string { return d.flip(f, walFile, nth) }},
	{"killed: end of " + walFile, true, (*damager).shorten},
	{"killed: bytes of " + dbFile, true, func(d *damager, f image, nth int) string { return d.flip(f, dbFile, nth) }},
	{"closed: first page of " + dbFile, false, (*damager).flipHeader},
	{"killed: end of " + walFile, true, (*damager).shorten},
	{"closed: bytes of " + searchFile, false, func(d *damager, f image, nth int) string { return d.flip(f, searchFile, nth) }},
}

// next returns damaged files, and what is damaged.
func (d *damager) next(known *specimen) (what string, files image) {
	if d.count == nil {
		d.count = map[string]int{}
	}
	total := 0
	for _, n := range d.count {
		total += n
	}
	way := damages[total%len(damages)]
	files = image{}
	from := known.closed
	if way.killed {
		from = known.killed
	}
	for name, content := range from {
		files[name] = slices.Clone(content)
	}
	d.kind = way.kind
	what = way.damage(d, files, d.count[way.kind])
	d.count[way.kind]++
	return way.kind + ": " + what, files
}

// flip changes 1, 8 or 64 bytes of a file.
func (d *damager) flip(files image, name string, nth int) string {
	n := 1 << (3 * (nth % 3))
	for range n {
		d.change(files[name], len(files[name]))
	}
	return fmt.Sprintf("%d bytes", n)
}

// flipHeader changes a byte of the first page.
func (d *damager) flipHeader(files image, _ int) string {
	return fmt.Sprintf("byte %d", d.change(files[dbFile], pageBytes))
}

// change changes one of the first size bytes.
func (d *damager) change(content []byte, size int) (at int) {
	if len(content) == 0 {
		return 0
	}
	at = d.rng.IntN(min(size, len(content)))
	content[at] ^= byte(1 + d.rng.IntN(255))
	return at
}

// shorten cuts the WAL: by one sector, two, three …, and every other time
// anywhere.
func (d *damager) shorten(files image, nth int) string {
	wal := files[walFile]
	size := max(0, len(wal)-(nth/2+1)*sectorBytes)
	if nth%2 == 1 {
		size = d.rng.IntN(len(wal) + 1)
	}
	files[walFile] = wal[:size]
	return fmt.Sprintf("cut from %d to %d bytes", len(wal), size)
}
