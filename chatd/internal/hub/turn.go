package hub

import "linechat/chatd/proto"

// A Blocker is who calls a room or the hub from a goroutine that has other work,
// too. Nil is one that has not.
type Blocker interface {
	// Block is called before the caller has to wait, or to do work that takes long.
	Block()
}

func block(b Blocker) {
	if b != nil {
		b.Block()
	}
}

// fewMembers is how many members are told of something while the caller has other
// work.
const fewMembers = 16

// do calls f in the room's turn. It waits while others are at the room: not long,
// for they wait for nobody.
func (r *Room) do(b Blocker, f func()) {
	if r.count.Load() > fewMembers {
		block(b)
	}
	if !r.turn.TryLock() {
		block(b)
		r.turn.Lock()
	}
	defer r.turn.Unlock()
	f()
}

// TryProcess has the room take the posts that it was handed, as Notify does, but here and
// now if nobody is at the room.
func (r *Room) TryProcess() {
	if !r.turn.TryLock() {
		r.Notify()
		return
	}
	defer r.turn.Unlock()
	r.carryOn()
	if r.doubt.any() {
		r.Notify() // for the room's goroutine to see it
	}
}

// run is the room's goroutine.
func (r *Room) run() {
	row, err := r.hub.store.Room(r.hub.ctx, r.fold)
	if r.failed = err; err != nil {
		r.hub.remove(r)
		close(r.ready)
		return
	}
	r.name, r.last = row.Name, row.Last
	r.topic.Store(&Topic{proto.Clean(row.Topic), row.TopicBy})
	r.log.start(row.Head, &r.hub.budget)
	close(r.ready)
	defer r.log.free()
	for r.await() {
	}
}

// await waits until there is something for the room, and deals with it. It reports
// whether the room goes on.
func (r *Room) await() bool {
	r.turn.Lock()
	again, closing := r.doubt.again, r.doubt.closing(r.hub.ctx)
	r.turn.Unlock()
	tryAgain := false
	select {
	case <-r.inbox.bell:
	case <-again:
		tryAgain = true
	case <-closing:
		tryAgain = true // which fails, and ends it
	case <-r.stop:
		return false
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	if tryAgain {
		r.readBack()
	}
	r.carryOn()
	return true
}

// mostBatches is how many batches one goroutine publishes at most before it goes on
// with its own work.
const mostBatches = 4

// carryOn publishes what the store has answered, takes posts and hands them to it,
// for as long as it answers at once.
func (r *Room) carryOn() {
	for range mostBatches {
		select {
		case res := <-r.results:
			r.settle(res)
		default:
		}
		r.takeIn()
		r.submit()
		if len(r.results) == 0 {
			return
		}
	}
	r.Notify()
}
