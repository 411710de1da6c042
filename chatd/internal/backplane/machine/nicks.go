package machine

import (
	"crypto/sha256"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// nicks are those that sessions hold. The zero value is none.
type nicks struct{ byFold, bySkeleton map[string]*holder }

// A holder is who holds a nick: one guest, or all sessions of an account.
type holder struct {
	guest  *session // nil: an account
	logins int      // its sessions
}

// is reports whether nobody but here holds the nick; nil is nobody.
func (h *holder) is(here *session) bool { return here != nil && here.holder == h && h.logins <= 1 }

// hold gives a session its nick.
func (ns *nicks) hold(here *session) {
	if ns.byFold == nil {
		ns.byFold, ns.bySkeleton = map[string]*holder{}, map[string]*holder{}
	}
	h := ns.byFold[here.name.Fold]
	if h == nil {
		h = new(holder)
		ns.byFold[here.name.Fold], ns.bySkeleton[here.name.Skeleton] = h, h
	}
	if here.holder = h; here.account == 0 {
		h.guest = here
		return
	}
	h.logins++
}

// ofAccount reports whether an account holds the nick, or one that looks like it.
func (ns *nicks) ofAccount(name proto.Name) bool {
	fold, like := ns.byFold[name.Fold], ns.bySkeleton[name.Skeleton]
	return fold != nil && fold.guest == nil || like != nil && like.guest == nil
}

// release takes its nick from a session, if it has one. It is free if no other has it.
func (ns *nicks) release(here *session) {
	h := here.holder
	if h == nil {
		return
	}
	here.holder = nil
	if here.account != 0 {
		h.logins--
	}
	if h.logins > 0 {
		return
	}
	delete(ns.byFold, here.name.Fold)
	delete(ns.bySkeleton, here.name.Skeleton)
}

// claim gives a guest's nick to a session, and returns whom it was taken from.
// backplane.ErrNickTaken, ErrWrongKey, ErrNickRegistered.
func (s *State) claim(id backplane.SessionID, c *backplane.Nick) ([]backplane.SessionID, error) {
	if s.accounts.Taken(c.Name, time.Unix(0, s.newest)) {
		return nil, backplane.ErrNickRegistered
	}
	rivals, err := s.nicks.rivals(c, s.epochs.session(id))
	if err != nil {
		return nil, err
	}
	replaced := s.replace(rivals...)
	s.hold(id, c.Name, c.Key, 0)
	return replaced, nil
}

// rivals returns who loses the nick to a session that claims it, if it may.
func (ns *nicks) rivals(c *backplane.Nick, here *session) (rivals []*session, err error) {
	h := ns.byFold[c.Name.Fold]
	if h != nil && !h.is(here) {
		if err := h.yields(c.Key); err != nil {
			return nil, err
		}
		if c.Patient {
			return nil, backplane.ErrNickTaken
		}
		rivals = append(rivals, h.guest)
	}
	if like := ns.bySkeleton[c.Name.Skeleton]; like != nil && like != h && !like.is(here) {
		return nil, backplane.ErrNickTaken
	}
	return rivals, nil
}

// yields returns nil if a guest holds the nick with that key. backplane.ErrNickTaken,
// ErrWrongKey.
func (h *holder) yields(key [sha256.Size]byte) error {
	var none [sha256.Size]byte
	switch {
	case h.guest == nil || h.guest.key == none || key == none:
		return backplane.ErrNickTaken
	case h.guest.key != key:
		return backplane.ErrWrongKey
	}
	return nil
}

// login makes a session one of an account, and returns the guests whom its nick was taken
// from. backplane.ErrOutdated.
func (s *State) login(id backplane.SessionID, c *backplane.Login) ([]backplane.SessionID, error) {
	a, err := s.accounts.OfID(c.Account)
	if err != nil || !proves(c.Proof, a) {
		return nil, backplane.ErrOutdated
	}
	var rivals []*session
	here := s.epochs.session(id)
	for _, h := range []*holder{s.nicks.byFold[a.Name.Fold], s.nicks.bySkeleton[a.Name.Skeleton]} {
		if h != nil && h.guest != nil && !h.is(here) && (len(rivals) == 0 || rivals[0] != h.guest) {
			rivals = append(rivals, h.guest)
		}
	}
	replaced := s.replace(rivals...)
	s.hold(id, a.Name, [sha256.Size]byte{}, a.ID)
	return replaced, nil
}

// proves reports whether a key or the hash of a password is still the account's.
func proves(proof string, a *account.Account) bool {
	return a.Key(proof) != nil || a.Hash != "" && proof == backplane.HashProof(a.Hash)
}
