package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// An importTarget is what an export is added to. account.ErrExists, account.ErrKeyTaken,
// history.ErrExists.
type importTarget interface {
	Account(account.Account) (id uint64, err error)
	Room(*offline.RoomRecord, iter.Seq2[*history.Post, error]) error
	Close() error
}

// What a change of a log imports at most.
const (
	logBatch      = 256 // posts
	logBatchBytes = 64 << 10
)

// A logTarget adds an export to the log of a chat on several machines, so that all copies
// take it alike.
type logTarget struct {
	log   backplane.Log
	store io.Closer
}

// openLogTarget takes part in the chat for as long as the import takes.
func openLogTarget(ctx context.Context, in *invocation, o *clusterOptions) (*logTarget, error) {
	log := slog.New(slog.NewTextHandler(in.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l, err := sharing{in.data, sqlite.Config{Log: log}, o.config(log), jetstream.Options{}}.open(ctx)
	if err != nil {
		return nil, err
	}
	return &logTarget{l, l.store}, nil
}

// Account implements importTarget.
func (t *logTarget) Account(a account.Account) (id uint64, err error) {
	v := backplane.Do(t.log, &backplane.CreateAccount{Account: a})
	if v.Err == nil && !a.Released.IsZero() {
		v.Err = backplane.Do(t.log, &backplane.Release{Fold: a.Name.Fold, At: a.Released}).Err
	}
	if v.Err != nil {
		return 0, fmt.Errorf("account %s: %w", a.Name.Shown, v.Err)
	}
	return v.Account.ID, nil
}

// Room implements importTarget. A room of which only a part could be added is deleted again.
func (t *logTarget) Room(r *offline.RoomRecord, posts iter.Seq2[*history.Post, error]) error {
	room := r.Room
	room.Last = r.Dropped
	if err := backplane.Do(t.log, &backplane.Import{Room: room}).Err; err != nil {
		return err
	}
	err := t.posts(r.Room, posts)
	if err != nil {
		if dropped := backplane.Do(t.log, &backplane.Drop{Fold: r.Name.Fold}).Err; dropped != nil {
			err = fmt.Errorf("%w; a part of room %s is imported and could not be deleted again (%w)", err, r.Name.Shown, dropped)
		}
	}
	return err
}

// posts adds the posts of a room.
func (t *logTarget) posts(r history.Room, posts iter.Seq2[*history.Post, error]) error {
	var batch []history.Post
	size := 0
	for p, err := range posts {
		if err != nil {
			return err
		}
		batch, size = append(batch, *p), size+len(p.Text)
		if len(batch) < logBatch && size < logBatchBytes {
			continue
		}
		if err := t.add(r, batch); err != nil {
			return err
		}
		batch, size = nil, 0
	}
	return t.add(r, batch)
}

func (t *logTarget) add(r history.Room, posts []history.Post) error {
	if len(posts) == 0 {
		return nil
	}
	return backplane.Do(t.log, &backplane.Import{Room: history.Room{Name: r.Name}, Posts: posts}).Err
}

// Close implements importTarget.
func (t *logTarget) Close() error { return errors.Join(t.log.Close(), t.store.Close()) }
