package hub

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// ErrTooManyMembers says that the room has as many members as Config.MaxMembers allows.
var ErrTooManyMembers = errors.New("hub: too many members")

// A Config is what a Hub needs to know. Its numbers have no defaults: zero means none.
type Config struct {
	Log           *slog.Logger  // nil: nothing is logged
	MaxRooms      int           // rooms in the store, in use or not
	MaxMembers    int           // sessions in a room
	Presence      int           // JOINED, LEFT and RENAMED are sent in rooms of up to so many members
	PresenceEvery time.Duration // how often JOINED, or LEFT, of one nick in one room is sent; 0: each time
	LogBytes      int64         // memory for the logs of all rooms together
	Meter         Meter         // nil: nobody is told
}

// A Hub holds the rooms in use and the nicks that are taken. All methods may be called
// from any goroutine.
type Hub struct {
	Users Users

	store     history.Reader
	changes   backplane.Log
	shared    bool // other machines make changes, too
	config    Config
	made      time.Time
	budget    budget
	backlog   backlog
	dedup     *dedup
	roomCount roomCount
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc

	epoch  atomic.Uint64          // of this machine in a shared log
	health atomic.Pointer[string] // what was said of the log's; nil: nothing was

	wg sync.WaitGroup // all goroutines of the hub

	mu     sync.Mutex
	rooms  map[string]*Room // by fold
	others others
	idle   int // how many of them nobody has a reference to
	closed bool
}

// New returns a Hub that reads from store, and has the log make its changes there. Close
// leaves both open. history.ErrFailed.
func New(ctx context.Context, store history.Reader, changes backplane.Log, config Config) (*Hub, error) {
	counts, err := store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	config.Meter = cmp.Or(config.Meter, Meter(noMeter{}))
	h := &Hub{store: store, changes: changes, shared: changes.Shared(), config: config, made: time.Now(), budget: budget{size: config.LogBytes}, rooms: map[string]*Room{}}
	h.roomCount.counts, h.roomCount.max = counts, config.MaxRooms
	if !h.shared {
		h.dedup, err = newDedup(ctx, store)
	}
	if err != nil {
		return nil, err
	}
	h.ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	h.wg.Go(h.dropUnusedRooms)
	return h, nil
}

// Close cancels what rooms still ask the store, and waits until every goroutine of the
// hub has ended. A room's goroutine ends when the last reference to the room is
// released.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	h.closed = true
	for _, r := range h.rooms {
		if r.refs == 0 {
			h.end(r)
		}
	}
	h.mu.Unlock()
	h.wg.Wait()
}

// Create makes a room with a name, an owner, a maker and perhaps a topic, which counts for an
// origin in the whole chat, or for nobody. It waits for the store, unless a room of that name is
// in use. *backplane.WaitError, ErrTooManyRooms, ErrTooManyOfGuests,
// ErrTooManyOfAccount, history.ErrExists, history.ErrFailed and *history.LimitError,
// history.ErrUnknown.
func (h *Hub) Create(b Blocker, room history.Room, origin uint64) error {
	if h.inUse(room.Name.Fold) {
		return history.ErrExists
	}
	if err := h.admit(room.Owner.Guest); err != nil {
		return err
	}
	block(b)
	if !h.shared {
		if err := h.roomCount.add(room.Owner); err != nil {
			return err
		}
	}
	room.Made = time.Now()
	if room.Topic != "" {
		room.TopicBy = room.Maker
	}
	v := backplane.Do(h.changes, &backplane.Create{Room: room, Origin: origin})
	err := v.TooSoon()
	if err != nil && !h.shared {
		h.roomCount.remove(room.Owner)
	}
	return err
}

// admit returns why nothing that guests, or others, want to be kept is at the moment, or nil.
func (h *Hub) admit(guest bool) error {
	if h.shared {
		if err := h.changes.Health().Err(); err != nil {
			return err
		}
	}
	return h.store.Admit(guest)
}

// inUse reports whether a room of that fold is loaded.
func (h *Hub) inUse(fold string) bool {
	h.mu.Lock()
	r := h.rooms[fold]
	h.mu.Unlock()
	return r != nil && r.loaded()
}

// A Listing is a room as ROOMS lists it.
type Listing struct {
	Name    proto.Name
	Members uint64
	Topic   string
}

// Listings returns at most limit rooms whose fold begins with prefix, and how
// many there are. With after "" the rooms with the most members come first, else the
// rooms that follow the fold after, in the order of their folds. history.ErrFailed.
func (h *Hub) Listings(ctx context.Context, prefix, after string, limit int) ([]Listing, int, error) {
	rows, all, err := h.store.Rooms(ctx, prefix, after, limit)
	if err != nil {
		return nil, 0, err
	}
	busy := h.busy(prefix)
	h.addElsewhere(ctx, busy, prefix, limit)
	var list []Listing
	if after == "" {
		list = slices.Collect(maps.Values(busy))
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

// busy returns the rooms that have members, by fold.
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
