package machine

import (
	"encoding/binary"
	"fmt"
)

// The rows of the machine table, by the first byte of the key.
const (
	positionRow byte = 'P' // nothing more
	settingsRow byte = 'G' // nothing more
	epochRow    byte = 'E' // id
)

// key returns the key of a row: its kind, and numbers of eight bytes.
func key(row byte, numbers ...uint64) []byte {
	k := make([]byte, 1, 1+8*len(numbers))
	k[0] = row
	for _, n := range numbers {
		k = binary.BigEndian.AppendUint64(k, n)
	}
	return k
}

// put has a row written.
func (s *State) put(key []byte, fields func(*coder)) {
	s.puts = append(s.puts, KV{key, encode(make([]byte, 0, 32), fields)})
}

// delete has a row deleted.
func (s *State) delete(key []byte) { s.puts = append(s.puts, KV{Key: key}) }

func (s *State) putPosition() {
	s.put(key(positionRow), func(c *coder) { c.position(&s.position) })
}

func (s *State) putEpoch(e *epoch) {
	s.put(key(epochRow, e.id), func(c *coder) { c.epoch(e) })
}

// A loader is a row of one kind, whose key follows the first byte, becoming part of a state.
type loader struct {
	row  byte
	load func(s *State, key string, c *coder)
}

// loaders are all kinds of rows, in the order in which they are loaded.
var loaders = []loader{
	{positionRow, func(s *State, _ string, c *coder) { c.position(&s.position) }},
	{settingsRow, func(s *State, _ string, c *coder) { c.chatSettings(&s.settings) }},
	{epochRow, (*State).loadEpoch},
}

// loadRows loads the rows of the machine table.
func (s *State) loadRows(src Source) error {
	rows := map[byte][][2]string{}
	err := src.Values(func(key, value []byte) error {
		if len(key) == 0 {
			return errRow(key)
		}
		rows[key[0]] = append(rows[key[0]], [2]string{string(key[1:]), string(value)})
		return nil
	})
	for _, l := range loaders {
		for _, row := range rows[l.row] {
			c := coder{in: row[1]}
			if l.load(s, row[0], &c); !c.complete() {
				return errRow(append([]byte{l.row}, row[0]...))
			}
		}
	}
	return err
}

func errRow(key []byte) error {
	return fmt.Errorf("machine: the row of key %x is none of its own", key)
}
