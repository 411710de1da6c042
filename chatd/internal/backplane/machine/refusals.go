package machine

import (
	"slices"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// refusals are all errors of verdicts. The place of each is its code in the hash of the log,
// and so stays as it is.
var refusals = []error{
	nil,
	history.ErrNoRoom,
	history.ErrExists,
	backplane.ErrOnceMismatch,
	backplane.ErrTooManyRooms,
	backplane.ErrTooManyOfGuests,
	backplane.ErrTooManyOfAccount,
	backplane.ErrNickTaken,
	backplane.ErrWrongKey,
	backplane.ErrNickRegistered,
	backplane.ErrOutdated,
	backplane.ErrNoSession,
	account.ErrNoAccount,
	account.ErrExists,
	account.ErrKeyTaken,
	account.ErrNoKey,
	account.ErrLastProof,
	account.ErrTooManyIgnored,
	backplane.ErrOtherChat,
	backplane.ErrNotSpoken,
	backplane.ErrTooSoon,
}

// codeOf returns the code of a refusal, and that of none for nil.
func codeOf(err error) byte { return byte(slices.Index(refusals, err)) }
