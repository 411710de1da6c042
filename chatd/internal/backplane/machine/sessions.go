package machine

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// A session holds a nick, and is in rooms.
type session struct {
	id      backplane.SessionID
	name    proto.Name
	key     [sha256.Size]byte // hash of a guest's key; zero: there is none
	account uint64            // its ID; 0: a guest
	holder  *holder           // of the nick
	rooms   []string          // their folds, sorted
}

// changeSession makes a change of who is where.
func (s *State) changeSession(epoch uint64, item *Item) {
	id := func(n uint64) backplane.SessionID { return backplane.SessionID{Epoch: epoch, Session: n} }
	v := &item.Verdict
	switch c := item.Change.(type) {
	case *backplane.Nick:
		item.Replaced, v.Err = s.claim(id(c.Session), c)
	case *backplane.Login:
		item.Replaced, v.Err = s.login(id(c.Session), c)
	case *backplane.Join:
		v.Err = s.join(id(c.Session), c.Fold)
	case *backplane.Leave:
		s.leave(s.epochs.session(id(c.Session)), c.Fold)
	case *backplane.End:
		s.endSession(s.epochs.session(id(c.Session)))
	}
	if len(item.Replaced) > 0 {
		v.Replaced = item.Replaced[0]
	}
}

// hold gives a session a nick, in place of the one that it holds.
func (s *State) hold(id backplane.SessionID, name proto.Name, key [sha256.Size]byte, account uint64) {
	here := s.epochs.session(id)
	if here == nil {
		here = &session{id: id}
		s.epochs.addSession(here)
	}
	s.nicks.release(here)
	here.name, here.key, here.account = name, key, account
	s.nicks.hold(here)
	s.put(here.row(), func(c *coder) { c.session(here) })
}

// replace ends sessions that have lost their nick.
func (s *State) replace(rivals ...*session) (ids []backplane.SessionID) {
	for _, rival := range rivals {
		ids = append(ids, rival.id)
		s.endSession(rival)
	}
	return ids
}

// endSession has a session be gone, unless it is.
func (s *State) endSession(here *session) {
	if here == nil {
		return
	}
	for len(here.rooms) > 0 {
		s.leave(here, here.rooms[len(here.rooms)-1])
	}
	s.nicks.release(here)
	s.epochs.removeSession(here)
	s.delete(here.row())
}

// join has a session be in a room. backplane.ErrNoSession, history.ErrNoRoom.
func (s *State) join(id backplane.SessionID, fold string) error {
	here := s.epochs.session(id)
	if here == nil {
		return backplane.ErrNoSession
	}
	r, err := s.room(fold)
	if err != nil {
		return err
	}
	here.enter(r)
	s.put(here.memberRow(fold), func(*coder) {})
	return nil
}

func (here *session) enter(r *room) {
	if i, there := slices.BinarySearch(here.rooms, r.name.Fold); !there {
		here.rooms = slices.Insert(here.rooms, i, r.name.Fold)
	}
	if r.members == nil {
		r.members = map[backplane.SessionID]bool{}
	}
	r.members[here.id] = true
}

// leave has a session be in a room no more, if it is there.
func (s *State) leave(here *session, fold string) {
	if here == nil {
		return
	}
	if i, there := slices.BinarySearch(here.rooms, fold); there {
		here.rooms = slices.Delete(here.rooms, i, i+1)
		delete(s.rooms.byFold[fold].members, here.id)
		s.delete(here.memberRow(fold))
	}
}

// session returns a session, or nil.
func (es *epochs) session(id backplane.SessionID) *session {
	if e := es.of[id.Epoch]; e != nil {
		if i, there := e.place(id); there {
			return e.sessions[i]
		}
	}
	return nil
}

func (es *epochs) addSession(here *session) {
	e := es.of[here.id.Epoch]
	i, _ := e.place(here.id)
	e.sessions = slices.Insert(e.sessions, i, here)
}

func (es *epochs) removeSession(here *session) {
	e := es.of[here.id.Epoch]
	if i, there := e.place(here.id); there {
		e.sessions = slices.Delete(e.sessions, i, i+1)
	}
}

// place returns where among the sessions of the epoch that one is, or belongs.
func (e *epoch) place(id backplane.SessionID) (int, bool) {
	return slices.BinarySearchFunc(e.sessions, id.Session, func(here *session, n uint64) int { return cmp.Compare(here.id.Session, n) })
}

func (c *coder) session(here *session) {
	c.name(&here.name)
	c.fixed(here.key[:])
	c.uint(&here.account)
}

func (here *session) row() []byte { return key(sessionRow, here.id.Epoch, here.id.Session) }

func (here *session) memberRow(fold string) []byte {
	return append(key(memberRow, here.id.Epoch, here.id.Session), fold...)
}

// loadSession loads a session, whose epoch there is.
func (s *State) loadSession(key, value *coder) {
	here := &session{id: backplane.SessionID{Epoch: key.id(), Session: key.id()}}
	value.session(here)
	if s.epochs.of[here.id.Epoch] == nil {
		value.fail()
		return
	}
	s.epochs.addSession(here)
	s.nicks.hold(here)
}

// loadMember loads that a session is in a room, both of which there are.
func (s *State) loadMember(key, value *coder) {
	here := s.epochs.session(backplane.SessionID{Epoch: key.id(), Session: key.id()})
	r := s.rooms.byFold[key.take(uint64(len(key.in)))]
	if here == nil || r == nil {
		value.fail()
		return
	}
	here.enter(r)
}
