package offline

import "linechat/chatd/internal/history/sqlite/internal/db"

// A span is ids from … to …, both included.
type span struct{ from, to int64 }

// A tableMap is where something can be read of the table of posts.
type tableMap struct {
	readable []span
	rooms    map[int64]span // what there is of a room is in this
}

// mapTable reads the whole table, once.
func (e *exporter) mapTable() (*tableMap, error) {
	if e.table != nil {
		return e.table, nil
	}
	m := &tableMap{rooms: map[int64]span{}}
	next := int64(1) // no later span is readable yet
	w := sweep{query: "SELECT id, room, seq FROM post NOT INDEXED WHERE id >= ? ORDER BY id", from: 1, to: lastKey}
	w.row = func(row db.Scanner) (int64, error) {
		var id, room, seq int64
		if row.Scan(&id, &room, &seq) == nil {
			s, ok := m.rooms[room]
			if !ok {
				s.from = id
			}
			s.to = id
			m.rooms[room] = s
		}
		return id, nil
	}
	w.lost = func(from, to int64, _ error) error {
		m.readable = append(m.readable, span{next, from - 1})
		next = to + 1
		return nil
	}
	if err := w.run(e.snapshot); err != nil {
		return nil, err
	}
	if next <= lastKey {
		m.readable = append(m.readable, span{next, lastKey})
	}
	e.table = m
	return m, nil
}

// inTable calls found for the readable posts with numbers from … to … that stand in
// the table between those of the ids past and before. Their ids have the order of
// their numbers.
func (e *roomExport) inTable(from, to uint64, before int64, found func(*db.PostRow) error) error {
	m, err := e.mapTable()
	if err != nil {
		return err
	}
	room, ok := m.rooms[e.id]
	if !ok {
		return nil
	}
	for _, s := range m.readable {
		if s.from, s.to = max(s.from, room.from, e.past+1), min(s.to, room.to, before-1); s.from > s.to {
			continue
		}
		list, err := e.idsIn(s, from, to)
		if err != nil {
			return err
		}
		for _, id := range list {
			var p db.PostRow
			err := p.Scan(e.One("SELECT "+db.PostColumns+" FROM post NOT INDEXED WHERE id = ?", id), &e.sums)
			if err == nil {
				err = found(&p)
			} else if e.ctx.Err() == nil {
				err = nil // it is noticed that one is missing
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// idsIn lists the posts with numbers from … to … of a span.
func (e *roomExport) idsIn(s span, from, to uint64) (list []int64, err error) {
	err = e.Each("SELECT id FROM post NOT INDEXED WHERE id BETWEEN ? AND ? AND room = ? AND seq BETWEEN ? AND ? ORDER BY id", func(r *db.Row) error {
		var id int64
		err := r.Scan(&id)
		list = append(list, id)
		return err
	}, s.from, s.to, e.id, db.Signed(from), db.Signed(to))
	if db.IsUnreadable(err) {
		err = nil // after the span, where SQLite goes to see that it ends
	}
	return list, err
}
