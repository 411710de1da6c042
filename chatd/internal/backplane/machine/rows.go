package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The rows of the machine table, by the first byte of the key.
const (
	positionRow byte = 'P' // nothing more
	settingsRow byte = 'G' // nothing more
	epochRow    byte = 'E' // epoch
	sessionRow  byte = 'S' // epoch, session
	memberRow   byte = 'M' // epoch, session, fold of the room
	onceRow     byte = 'O' // fold of the room, ONCE key
	quotaRow    byte = 'Q' // kind of the quota, origin
)

// key returns the key of a row: its kind, and numbers of eight bytes.
func key(kind byte, numbers ...uint64) []byte {
	k := make([]byte, 1, 1+8*len(numbers))
	k[0] = kind
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

// A row is one of the machine table, without the first byte of the key.
type row struct{ key, value string }

// loaders are what becomes of the rows of each kind, in the order in which they are loaded.
// One reports whether all are as Apply has put them.
var loaders = []struct {
	kind byte
	load func(*State, []row) bool
}{
	{positionRow, each(func(s *State, _, value *coder) { value.position(&s.position) })},
	{settingsRow, each(func(s *State, _, value *coder) { value.chatSettings(&s.settings) })},
	{epochRow, each((*State).loadEpoch)},
	{sessionRow, each((*State).loadSession)},
	{memberRow, each((*State).loadMember)},
	{onceRow, (*State).loadOnceKeys},
	{quotaRow, each((*State).loadQuota)},
}

// each returns what loads rows one by one.
func each(load func(s *State, key, value *coder)) func(*State, []row) bool {
	return func(s *State, rows []row) bool {
		for _, r := range rows {
			key, value := coder{in: r.key}, coder{in: r.value}
			if load(s, &key, &value); !key.complete() || !value.complete() {
				return false
			}
		}
		return true
	}
}

// loadRows loads the rows of the machine table, and the rooms and accounts before them.
func (s *State) loadRows(src Source) error {
	rows := map[byte][]row{}
	err := src.Values(func(key, value []byte) error {
		kind := key[0]
		rows[kind] = append(rows[kind], row{string(key[1:]), string(value)})
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range loaders {
		if !l.load(s, rows[l.kind]) {
			return fmt.Errorf("machine: a row of kind %c is not as it was written", l.kind)
		}
		delete(rows, l.kind)
	}
	if len(rows) > 0 {
		return errors.New("machine: there are rows of an unknown kind; a newer chatd is needed to read them")
	}
	return nil
}
