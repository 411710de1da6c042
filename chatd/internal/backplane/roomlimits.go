package backplane

import "linechat/chatd/internal/history"

// MaxAccountRooms is how many rooms an account may have.
const MaxAccountRooms = 50

// MaxGuestRooms is how many of all rooms may be guests': half of them.
func MaxGuestRooms(maxRooms int) int { return (maxRooms + 1) / 2 }

// MayCreate returns nil, or why a room of that owner may not be made beside those that there
// are (protocol.md, "CREATE"). ErrTooManyRooms, ErrTooManyOfGuests, ErrTooManyOfAccount.
func MayCreate(c *history.Counts, of history.Owner, maxRooms int) error {
	switch {
	case c.All >= maxRooms:
		return ErrTooManyRooms
	case of.Guest && c.Guests >= MaxGuestRooms(maxRooms):
		return ErrTooManyOfGuests
	case of.Account != 0 && c.Accounts[of.Account] >= MaxAccountRooms:
		return ErrTooManyOfAccount
	}
	return nil
}

// How many hours' worth of new rooms and accounts an origin may make at once (protocol.md,
// "Limits"), and how many times as much the sessions of an account may as guests.
const (
	CreatesAtOnce   = 4
	RegistersAtOnce = 10
	OfAccounts      = 4
)
