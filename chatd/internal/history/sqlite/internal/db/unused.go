package db

import (
	"errors"
	"time"

	"linechat/chatd/internal/history"
)

// unused selects guests' rooms that were made before a time, and never posted to.
const unused = "account = 0 AND made < ? AND first = 1 AND NOT EXISTS (SELECT 1 FROM post WHERE post.room = room.id)"

// Unused returns rooms as history.Store does.
func (c *Conn) Unused(t time.Time, after string, limit int) (folds []string, err error) {
	err = c.Each("SELECT fold FROM room WHERE "+unused+" AND fold > ? ORDER BY fold LIMIT ?", func(r *Row) error {
		var fold string
		err := r.Scan(&fold)
		folds = append(folds, fold)
		return err
	}, Nanos(t), after, limit)
	return folds, err
}

// DropUnused deletes a room that Unused returns: nothing else is left of it. history.ErrNoRoom.
func (t *Tx) DropUnused(fold string, before time.Time) error {
	var id int64
	err := t.One("SELECT id FROM room WHERE "+unused+" AND fold = ?", Nanos(before), fold).Scan(&id)
	if errors.Is(err, ErrNoRow) {
		return history.ErrNoRoom
	}
	if err != nil {
		return err
	}
	return t.deleteRoom(id)
}
