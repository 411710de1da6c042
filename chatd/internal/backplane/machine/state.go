package machine

import (
	"errors"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
)

// ErrPosition says that a record is not the one that follows the last that was applied.
var ErrPosition = errors.New("machine: not the next record of the log")

// ErrDisagrees says that a copy cannot store a result, for it is not what the log has made of
// it. It is of no use to try again.
var ErrDisagrees = errors.New("this copy is not what the log has made of it: stop chatd, have chatd check say whether it is damaged, move its data directory away and start it again: it takes a copy from another machine")

// A State is all that verdicts depend on, as of a position of the log. Make it with New or
// Load. One goroutine at a time may use it.
type State struct {
	position
	settings settings
	epochs   epochs
	nicks    nicks
	rooms    rooms
	once     onceKeys
	accounts account.Table
	quotas   quotas
	puts     []KV // rows that the record under way changes
}

// New returns the state before the first record.
func New() *State { return &State{} }

// Load returns the state that a copy has. It fails if a row is not one that Apply has put.
func Load(src Source) (*State, error) {
	s := New()
	if err := src.Rooms(s.loadRoom); err != nil {
		return nil, err
	}
	if err := s.loadAccounts(src); err != nil {
		return nil, err
	}
	return s, s.loadRows(src)
}

// Apply applies the record at a position of the log, with the timestamp that the log has
// given it. ErrPosition, ErrVersion, ErrUnknownKind: the state is as before.
func (s *State) Apply(seq uint64, ts time.Time, record []byte) (Result, error) {
	if seq != s.applied+1 {
		return Result{}, ErrPosition
	}
	r, err := Decode(record)
	if err != nil && !errors.Is(err, ErrMalformed) {
		return Result{}, err
	}
	s.puts = nil
	s.advance(seq, ts)
	res := Result{Seq: seq, Time: fromNanos(s.newest), Epoch: r.Epoch, N: r.N}
	s.forgetOldKeys()
	res.Ended = s.endSilent()
	res.Outcome = s.admit(&r)
	s.counts[res.Outcome]++
	if res.Outcome == Applied {
		res.Items = s.items(&r)
		s.putEpoch(s.epochs.of[r.Epoch])
	}
	s.hash = s.nextHash(record, &res)
	s.putPosition()
	res.Hash, res.Puts = s.hash, s.puts
	return res, nil
}

// items makes the changes of a record.
func (s *State) items(r *Record) []Item {
	items := make([]Item, len(r.Items))
	for i, change := range r.Items {
		items[i].Change = change
		s.change(r.Epoch, &items[i])
	}
	return items
}

// change makes a change, and notes in its item what came of it.
func (s *State) change(epoch uint64, item *Item) {
	switch item.Change.(type) {
	case *backplane.Posts, *backplane.Create, *backplane.SetTopic, *backplane.Drop, *backplane.DropUnused, *backplane.Import:
		s.changeRoom(item)
	case *backplane.Nick, *backplane.Login, *backplane.Join, *backplane.Leave, *backplane.End:
		s.changeSession(epoch, item)
	case *backplane.Heartbeat, *backplane.Settings, *backplane.SetVersion, *backplane.EndEpoch:
		s.changeChat(s.epochs.of[epoch], item)
	default:
		s.changeAccount(item)
	}
}

// changeChat makes a change that a machine makes by itself.
func (s *State) changeChat(e *epoch, item *Item) {
	switch c := item.Change.(type) {
	case *backplane.Heartbeat:
		e.speaks = c.Speaks
	case *backplane.Settings:
		item.Verdict.Err = s.set(c)
	case *backplane.SetVersion:
		item.Verdict.Err = s.setVersion(c.Version)
	case *backplane.EndEpoch:
		s.end(e)
	}
}
