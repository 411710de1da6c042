package machine

import (
	"cmp"
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
)

// Kinds of quotas.
const (
	ofCreates uint64 = iota
	ofRegisters
)

// A quotaID says what is used, and by whom.
type quotaID struct{ kind, origin uint64 }

// A quota is how often an origin may do something: once in so long, and so many times at once.
// The zero value is without a limit.
type quota struct {
	quotaID
	every  time.Duration
	atOnce uint64
}

// A used is what an origin has used of a quota: it has all of it again at a log time.
type used struct {
	quotaID
	until time.Duration
}

// quotas are those of which something is used, in the order in which they will be unused. The
// zero value is none.
type quotas []used

func (s *State) quotaOfCreates(c *backplane.Create) quota {
	times := uint64(1)
	if c.Room.Owner.Account != 0 {
		times = backplane.OfAccounts
	}
	return quotaOf(ofCreates, c.Origin, times*s.settings.CreatesPerHour, backplane.CreatesAtOnce)
}

func (s *State) quotaOfRegisters(c *backplane.CreateAccount) quota {
	return quotaOf(ofRegisters, c.Origin, s.settings.RegistersPerHour, backplane.RegistersAtOnce)
}

func quotaOf(kind, origin, perHour, hoursAtOnce uint64) quota {
	if origin == 0 || perHour == 0 || perHour > uint64(time.Hour) {
		return quota{}
	}
	return quota{quotaID{kind, origin}, time.Hour / time.Duration(perHour), perHour * hoursAtOnce}
}

// waitFor returns how long it is until the origin may do what a quota is of; 0: it may now.
func (s *State) waitFor(q quota) time.Duration {
	i := s.quotas.find(q.quotaID)
	if q.every == 0 || i < 0 {
		return 0
	}
	return max(0, s.quotas[i].until-s.logTime-time.Duration(q.atOnce-1)*q.every)
}

// use notes that the origin does what a quota is of, unless it has to wait.
func (s *State) use(q quota) (wait time.Duration) {
	if wait = s.waitFor(q); wait > 0 || q.every == 0 {
		return wait
	}
	now := used{q.quotaID, s.logTime + q.every}
	if i := s.quotas.find(q.quotaID); i >= 0 {
		now.until = max(now.until, s.quotas[i].until+q.every)
		s.quotas = slices.Delete(s.quotas, i, i+1)
	}
	s.quotas.add(now)
	s.put(now.row(), func(c *coder) { c.int((*int64)(&now.until)) })
	s.forgetQuotas()
	return 0
}

// forgetQuotas forgets those that are unused again.
func (s *State) forgetQuotas() {
	n := 0
	for ; n < len(s.quotas) && s.quotas[n].until <= s.logTime; n++ {
		s.delete(s.quotas[n].row())
	}
	s.quotas = slices.Delete(s.quotas, 0, n)
}

func (qs quotas) find(id quotaID) int {
	return slices.IndexFunc(qs, func(u used) bool { return u.quotaID == id })
}

func (qs *quotas) add(u used) {
	i, _ := slices.BinarySearchFunc(*qs, u, func(a, b used) int {
		return cmp.Or(cmp.Compare(a.until, b.until), cmp.Compare(a.kind, b.kind), cmp.Compare(a.origin, b.origin))
	})
	*qs = slices.Insert(*qs, i, u)
}

func (u *used) row() []byte { return key(quotaRow, u.kind, u.origin) }

func (s *State) loadQuota(key, value *coder) {
	u := used{quotaID: quotaID{key.id(), key.id()}}
	value.int((*int64)(&u.until))
	s.quotas.add(u)
}
