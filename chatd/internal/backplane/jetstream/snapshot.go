package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	chunkBytes   = 512 << 10
	snapshotKept = time.Minute // after the last chunk of it was asked for
)

// snapshots give other machines copies of this one's copy, in chunks. One file at a time serves
// all that ask.
type snapshots struct {
	make func(context.Context) (file string, err error)
	log  *slog.Logger

	ctx    context.Context // done once close is called
	cancel context.CancelFunc
	making sync.WaitGroup

	mu      sync.Mutex
	current *snapshot // nil: there is none
}

// A snapshot is a file with a copy, or one that is being made.
type snapshot struct {
	file   *os.File // nil: it is not complete
	size   int64
	sum    string // hex of its SHA-256
	expire *time.Timer
}

// A chunkRequest asks for a part of a snapshot.
type chunkRequest struct{ Offset int64 }

// The header of a chunk. One without a sum says that the snapshot is being made.
const (
	sizeHeader = "Chatd-Size"
	sumHeader  = "Chatd-Sum"
)

func newSnapshots(make func(context.Context) (string, error), log *slog.Logger) *snapshots {
	s := &snapshots{make: make, log: log}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// close removes the file, and waits for one that is being made.
func (s *snapshots) close() {
	s.cancel()
	s.making.Wait()
	s.drop()
}

// reply sends a chunk.
func (s *snapshots) reply(m *nats.Msg) error {
	var r chunkRequest
	if err := json.Unmarshal(m.Data, &r); err != nil {
		return err
	}
	answer := nats.NewMsg(m.Reply)
	if err := s.chunk(r.Offset, answer); err != nil {
		return err
	}
	return m.RespondMsg(answer)
}

// chunk adds a chunk to an answer, if there is a snapshot, and has one be made if there is not.
func (s *snapshots) chunk(offset int64, to *nats.Msg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.current
	switch {
	case c == nil:
		s.begin()
		return nil
	case c.file == nil || offset < 0:
		return nil
	}
	c.expire.Reset(snapshotKept)
	to.Header.Set(sizeHeader, strconv.FormatInt(c.size, 10))
	to.Header.Set(sumHeader, c.sum)
	to.Data = make([]byte, min(chunkBytes, max(0, c.size-offset)))
	_, err := c.file.ReadAt(to.Data, offset)
	return err
}

// begin has a snapshot be made. Its caller holds mu.
func (s *snapshots) begin() {
	if s.ctx.Err() != nil {
		return
	}
	s.current = &snapshot{}
	s.making.Go(func() {
		c, err := s.take()
		if err != nil {
			s.log.Error("no copy could be made for another machine", "err", err)
		}
		s.mu.Lock()
		s.current = c
		s.mu.Unlock()
	})
}

// take makes a snapshot; nil: it failed.
func (s *snapshots) take() (*snapshot, error) {
	path, err := s.make(s.ctx)
	if err != nil {
		return nil, err
	}
	c := &snapshot{expire: time.AfterFunc(snapshotKept, s.drop)}
	if c.file, err = os.Open(path); err == nil {
		hash := sha256.New()
		c.size, err = io.Copy(hash, c.file)
		c.sum = hex.EncodeToString(hash.Sum(nil))
	}
	if err != nil {
		c.remove()
		return nil, errors.Join(err, os.Remove(path))
	}
	s.log.Info("another machine takes a copy of this one's", "bytes", c.size)
	return c, nil
}

// drop removes the file.
func (s *snapshots) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.current; c != nil && c.file != nil {
		c.remove()
		s.current = nil
	}
}

func (c *snapshot) remove() {
	c.expire.Stop()
	if c.file != nil {
		_ = c.file.Close()           // was read only
		_ = os.Remove(c.file.Name()) // stays in the way of nobody
	}
}

// Fetch writes a copy of another machine's copy to w. It takes as long as that machine needs;
// its copy has been checked. A data directory with that as its chat.db goes on from there.
func (c *Cluster) Fetch(ctx context.Context, w io.Writer) error {
	epoch, err := c.conn.RequestWithContext(ctx, copySubject, nil)
	if errors.Is(err, nats.ErrNoResponders) {
		return errors.New("no other machine has a copy to give: start one that has, or restore a backup of one: `chatd backup FILE` there makes it, and as chat.db in an empty --data here it is one")
	}
	if err != nil {
		return fmt.Errorf("asking who has a copy: %w", err)
	}
	hash := sha256.New()
	sum, err := c.fetchFrom(ctx, copyPrefix+string(epoch.Data), io.MultiWriter(w, hash))
	if err == nil && hex.EncodeToString(hash.Sum(nil)) != sum {
		err = errors.New("the other machine's copy has changed on the way; start chatd again")
	}
	return err
}

// fetchFrom writes all chunks to w, and returns the sum that they are to have.
func (c *Cluster) fetchFrom(ctx context.Context, subject string, w io.Writer) (sum string, err error) {
	for offset, size := int64(0), int64(1); offset < size; {
		m, err := c.fetchChunk(ctx, subject, offset)
		if err != nil {
			return "", fmt.Errorf("taking a copy from another machine: %w", err)
		}
		if sum == "" {
			sum = m.Header.Get(sumHeader)
		}
		if size, err = strconv.ParseInt(m.Header.Get(sizeHeader), 10, 64); err != nil || sum != m.Header.Get(sumHeader) || len(m.Data) == 0 {
			return "", errors.New("the other machine has begun another copy meanwhile; start chatd again")
		}
		if _, err := w.Write(m.Data); err != nil {
			return "", err
		}
		offset += int64(len(m.Data))
	}
	return sum, nil
}

// fetchChunk asks for a chunk until it is there.
func (c *Cluster) fetchChunk(ctx context.Context, subject string, offset int64) (*nats.Msg, error) {
	request, err := json.Marshal(chunkRequest{offset})
	for err == nil {
		var m *nats.Msg
		if m, err = c.conn.RequestWithContext(ctx, subject, request); err == nil && m.Header.Get(sumHeader) != "" {
			return m, nil
		}
		select {
		case <-time.After(connectRetry):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, err
}
