package machine

import (
	"reflect"

	"linechat/chatd/internal/backplane"
)

// A kind is a type of change, and how a record has it.
type kind struct {
	letter byte
	typ    reflect.Type
	new    func() backplane.Change
	fields func(*coder, backplane.Change)
}

// kinds are all that a record of Version may have. A letter is never used again for another
// change. B E I M O Q S and W are kept for bans, deleted posts, invitations, private lines of
// who is away, modes, quotas, what an account has seen, and roles.
var kinds = []kind{
	of('P', (*coder).posts),
	of('C', (*coder).create),
	of('T', (*coder).setTopic),
	of('D', (*coder).drop),
	of('U', (*coder).dropUnused),
	of('R', (*coder).importRoom),
	of('a', (*coder).createAccount),
	of('p', (*coder).setPassword),
	of('h', (*coder).replaceHash),
	of('k', (*coder).addKey),
	of('v', (*coder).proveKey),
	of('r', (*coder).removeKey),
	of('i', (*coder).ignore),
	of('u', (*coder).unignore),
	of('f', (*coder).release),
	of('N', (*coder).nick),
	of('A', (*coder).login),
	of('J', (*coder).join),
	of('L', (*coder).leave),
	of('X', (*coder).end),
	of('H', (*coder).heartbeat),
	of('G', (*coder).settings),
	of('V', (*coder).setVersion),
	of('Z', (*coder).endEpoch),
}

var (
	kindOfLetter = index(func(k *kind) byte { return k.letter })
	kindOfType   = index(func(k *kind) reflect.Type { return k.typ })
)

// of returns the kind of the changes that fields goes over.
func of[T any, P interface {
	*T
	backplane.Change
}](letter byte, fields func(*coder, P)) kind {
	return kind{letter, reflect.TypeFor[P](),
		func() backplane.Change { return P(new(T)) },
		func(c *coder, change backplane.Change) { fields(c, change.(P)) }}
}

// index returns the kinds by what key returns of them.
func index[K comparable](key func(*kind) K) map[K]*kind {
	by := make(map[K]*kind, len(kinds))
	for i := range kinds {
		by[key(&kinds[i])] = &kinds[i]
	}
	return by
}
