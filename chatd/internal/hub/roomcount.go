package hub

import (
	"maps"
	"sync"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// Why Create refuses a room (protocol.md, "CREATE").
var (
	// ErrTooManyRooms: there are as many rooms as Config.MaxRooms allows.
	ErrTooManyRooms = backplane.ErrTooManyRooms
	// ErrTooManyOfGuests: guests have as many rooms as backplane.MaxGuestRooms allows.
	ErrTooManyOfGuests = backplane.ErrTooManyOfGuests
	// ErrTooManyOfAccount: the account has backplane.MaxAccountRooms rooms.
	ErrTooManyOfAccount = backplane.ErrTooManyOfAccount
)

// A roomCount counts the rooms in the store, in use or not. Any goroutine may use it.
type roomCount struct {
	mu     sync.Mutex
	max    int
	counts history.Counts
}

// add counts a room in that is about to be made, or says why it may not be.
func (c *roomCount) add(of history.Owner) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := backplane.MayCreate(&c.counts, of, c.max); err != nil {
		return err
	}
	c.counts.Add(of, 1)
	return nil
}

// remove counts a room out.
func (c *roomCount) remove(of history.Owner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Add(of, -1)
}

// RoomsLeft returns how many rooms the account of that id may still have.
func (h *Hub) RoomsLeft(account uint64) int {
	return max(0, backplane.MaxAccountRooms-h.counts().Accounts[account])
}

// counts returns how many rooms there are, of whom.
func (h *Hub) counts() history.Counts {
	if h.shared { // other machines make rooms, too
		counts, _ := h.store.Counts(h.ctx) // zero where the store fails, which others notice
		return counts
	}
	return h.roomCount.copy()
}

func (c *roomCount) copy() history.Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	counts.Accounts = maps.Clone(counts.Accounts)
	return counts
}
