package hub

import (
	"sync"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// Why Create refuses a room (protocol.md, "CREATE").
var (
	// ErrTooManyRooms: there are as many rooms as Config.MaxRooms allows.
	ErrTooManyRooms = backplane.ErrTooManyRooms
	// ErrTooManyOfGuests: guests have as many rooms as MaxGuestRooms allows.
	ErrTooManyOfGuests = backplane.ErrTooManyOfGuests
	// ErrTooManyOfAccount: the account has MaxAccountRooms rooms.
	ErrTooManyOfAccount = backplane.ErrTooManyOfAccount
)

// MaxAccountRooms is how many rooms an account may have.
const MaxAccountRooms = 50

// MaxGuestRooms is how many of all rooms may be guests': half of them.
func MaxGuestRooms(maxRooms int) int { return (maxRooms + 1) / 2 }

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
	switch {
	case c.counts.All >= c.max:
		return ErrTooManyRooms
	case of.Guest && c.counts.Guests >= MaxGuestRooms(c.max):
		return ErrTooManyOfGuests
	case of.Account != 0 && c.counts.Accounts[of.Account] >= MaxAccountRooms:
		return ErrTooManyOfAccount
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
	h.roomCount.mu.Lock()
	defer h.roomCount.mu.Unlock()
	return max(0, MaxAccountRooms-h.roomCount.counts.Accounts[account])
}

// rooms returns how many rooms there are, and how many of them are guests'.
func (c *roomCount) rooms() (all, guests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts.All, c.counts.Guests
}
