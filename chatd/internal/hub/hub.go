// Package hub is the rooms and the users: rooms by name, each room with its
// goroutine, its order and its members, and nicks with whoever holds them.
package hub

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// ErrTooManyRooms: Create met Config.MaxRooms.
var ErrTooManyRooms = errors.New("hub: too many rooms")

// Config is what a Hub needs to know. Its numbers have no defaults: zero means
// none.
type Config struct {
	Log      *slog.Logger // nil: nothing is logged
	MaxRooms int          // most rooms there may be
	Presence int          // most members of a room in which JOINED, LEFT and RENAMED are sent
	LogBytes int64        // memory for the shared logs of all rooms
}

// A Hub holds the rooms in use. A room that nobody uses is a row of the store.
// All methods may be called from any goroutine.
type Hub struct {
	Users Users

	store     history.Store
	config    Config
	budget    budget
	dedup     dedup
	roomCount atomic.Int64    // rooms in the store
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc

	wg      sync.WaitGroup // all goroutines of the hub: see spawn
	logging atomic.Int32   // how many of them log

	mu     sync.Mutex
	rooms  map[string]*Room // by fold; with a goroutine each
	idle   int              // how many of them nobody has a handle on
	closed bool
}

// New returns a Hub over store, which it does not close.
func New(ctx context.Context, store history.Store, config Config) (*Hub, error) {
	_, all, err := store.Rooms(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{store: store, config: config, rooms: map[string]*Room{}}
	h.budget.size = config.LogBytes
	h.roomCount.Store(int64(all))
	if err := h.dedup.load(ctx, store); err != nil {
		return nil, err
	}
	h.ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return h, nil
}

// maxLogging is how many lines wait at most for a log that nobody reads.
const maxLogging = 16

// logLater logs on a goroutine of its own, for the log may be a pipe that nobody
// reads, and no room waits for it. What comes beyond maxLogging then is not logged.
func (h *Hub) logLater(level slog.Level, message string, args ...any) {
	if !h.config.Log.Enabled(h.ctx, level) {
		return
	}
	if h.logging.Add(1) > maxLogging {
		h.logging.Add(-1)
		return
	}
	h.spawn(func() {
		defer h.logging.Add(-1)
		h.config.Log.Log(h.ctx, level, message, args...)
	})
}

// spawn runs f in a goroutine that Close waits for.
func (h *Hub) spawn(f func()) { h.wg.Go(f) }

// Close gives up what rooms still want to know of the store, and waits until every
// room's goroutine has ended, which each does when the last handle on it is
// released.
func (h *Hub) Close() {
	h.cancel()
	h.endIdle()
	h.wg.Wait()
}

// Create makes a room. It waits for the store, but not where a room of that name is
// in use. ErrTooManyRooms, history.ErrExists, history.ErrFailed.
func (h *Hub) Create(ctx context.Context, b Blocker, name proto.Name, topic, nick string) error {
	if h.inUse(name.Fold) {
		return history.ErrExists
	}
	block(b)
	if h.roomCount.Add(1) > int64(h.config.MaxRooms) {
		h.roomCount.Add(-1)
		return ErrTooManyRooms
	}
	room := history.Room{Name: name, Maker: nick, Made: time.Now()}
	if topic != "" {
		room.Topic, room.TopicBy = topic, nick
	}
	err := h.store.Create(ctx, room)
	if err != nil {
		h.roomCount.Add(-1)
	}
	return err
}

// inUse reports whether a room of that fold is in use for certain.
func (h *Hub) inUse(fold string) bool {
	h.mu.Lock()
	r := h.rooms[fold]
	h.mu.Unlock()
	return r != nil && r.loaded()
}

// A Listing is a room as ROOMS shows it.
type Listing struct {
	Name    proto.Name
	Members uint64
	Topic   string
}

// Listings returns at most limit rooms whose fold begins with prefix, and how
// many there are. With after "" those with the most members come first, else
// those behind after in the order of their folds.
func (h *Hub) Listings(ctx context.Context, prefix, after string, limit int) ([]Listing, int, error) {
	rows, all, err := h.store.Rooms(ctx, prefix, after, limit)
	if err != nil {
		return nil, 0, err
	}
	busy := h.busy(prefix)
	var list []Listing
	if after == "" {
		for _, l := range busy {
			list = append(list, l)
		}
	}
	for _, row := range rows {
		l, ok := busy[row.Name.Fold]
		if !ok {
			l = Listing{Name: row.Name, Topic: proto.Clean(row.Topic)}
		} else if after == "" {
			continue
		}
		list = append(list, l)
	}
	if after == "" {
		slices.SortFunc(list, func(a, b Listing) int {
			return cmp.Or(cmp.Compare(b.Members, a.Members), strings.Compare(a.Name.Fold, b.Name.Fold))
		})
	}
	return list[:min(limit, len(list))], all, nil
}

// busy returns the rooms in use that have members.
func (h *Hub) busy(prefix string) map[string]Listing {
	h.mu.Lock()
	defer h.mu.Unlock()
	busy := map[string]Listing{}
	for fold, r := range h.rooms {
		if n := r.Members(); n > 0 && strings.HasPrefix(fold, prefix) {
			busy[fold] = Listing{Name: r.name, Members: n, Topic: r.Topic().Text}
		}
	}
	return busy
}
