package server

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/hub"
)

// A watch waits for the input of many sessions without a goroutine for each. One
// goroutine at a time is on watch: it waits, and carries out what comes in itself.
// Before it has to wait for anything else - a room, the store, a peer - it is
// relieved: another one takes the watch, and it goes on with that session alone.
// (The pattern is known as leader and followers.)
type watch struct {
	file  *os.File // an epoll set
	raw   syscall.RawConn
	input func(id uint64, wary bool, sh *shift)

	relief  chan struct{} // whoever receives takes the watch; closed at the end
	spare   atomic.Int32  // goroutines that stand by to receive
	crew    sync.WaitGroup
	closing sync.Once

	// Of whoever is on watch.
	events [128]unix.EpollEvent
	n      int                   // of them have happened
	next   int                   // is to be dealt with
	rooms  []*hub.Room           // that were handed posts, and are to take them
	rounds int                   // since the first of them was
	look   func(fd uintptr) bool // happened, made once
}

// mostSpare is how many goroutines stand by at most.
const mostSpare = 16

// openWatch begins a watch. It calls input for each session, by its id, that has
// input. It is wary where a read of it may bring less than there is.
func openWatch(input func(id uint64, wary bool, sh *shift)) (*watch, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // for os to wait for it
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	w := &watch{file: os.NewFile(uintptr(fd), "epoll"), input: input, relief: make(chan struct{})}
	w.look = w.happened
	if w.raw, err = w.file.SyscallConn(); err != nil {
		_ = w.file.Close()
		return nil, err
	}
	if err := w.file.SetDeadline(time.Time{}); err != nil {
		_ = w.file.Close()
		return nil, err // the set cannot be waited for
	}
	w.crew.Go(w.stand)
	return w, nil
}

// close ends the watch, and waits for its goroutines. All sessions must have
// ended. It may be called again.
func (w *watch) close() {
	w.closing.Do(func() {
		_ = w.file.Close()
		close(w.relief)
	})
	w.crew.Wait()
}

// add has the watch wait for the input of the session of that id, whose
// connection is fd.
func (w *watch) add(fd int, id uint64) error {
	event := unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLET,
		Fd:     int32(id), Pad: int32(id >> 32),
	}
	var failed error
	err := w.raw.Control(func(set uintptr) { failed = unix.EpollCtl(int(set), unix.EPOLL_CTL_ADD, fd, &event) })
	if err == nil {
		err = os.NewSyscallError("epoll_ctl", failed)
	}
	return err
}

// A shift is the time that one goroutine is on watch.
type shift struct {
	watch    *watch
	relieved bool // another one has the watch
}

// relieve has another goroutine take the watch, as it is.
func (sh *shift) relieve() {
	w := sh.watch
	sh.relieved = true
	select {
	case w.relief <- struct{}{}:
	default:
		w.crew.Go(w.stand)
	}
}

// stand is a goroutine of the watch: on watch, then standing by.
func (w *watch) stand() {
	for on := true; on; on = w.standBy() {
		sh := shift{watch: w}
		for !sh.relieved {
			if w.next == w.n && w.raw.Read(w.look) != nil {
				return
			}
			if w.next == 0 && w.due() {
				w.work(&sh)
				continue
			}
			e := &w.events[w.next]
			w.next++
			w.input(uint64(uint32(e.Fd))|uint64(uint32(e.Pad))<<32, e.Events != unix.EPOLLIN, &sh)
		}
	}
}

// standBy waits until this goroutine is to take the watch again. It reports
// whether it is; else there are enough of them, or the watch has ended.
func (w *watch) standBy() bool {
	defer w.spare.Add(-1)
	if w.spare.Add(1) > mostSpare {
		return false
	}
	_, on := <-w.relief
	return on
}

// How often to look for further posts before rooms take theirs: once for so many
// members, and at most so often. A look takes a tenth of the time that one member's
// write takes, and posts that leave together are written together.
const (
	membersLook = 6
	mostLooks   = 40
)

// mostRounds is for how many rounds of input rooms wait at most.
const mostRounds = 4

// happened looks for what has happened. Before it waits, rooms take their posts:
// by then those of all sessions have come in that were ready, and leave together.
func (w *watch) happened(set uintptr) bool {
	n, _ := unix.EpollWait(int(set), w.events[:], 0)
	for looks := w.looks(); n == 0 && looks > 0; looks-- {
		n, _ = unix.EpollWait(int(set), w.events[:], 0)
	}
	w.next, w.n = 0, max(n, 0)
	w.rounds++
	return w.n > 0 || len(w.rooms) > 0
}

// ring has the room take its posts soon.
func (w *watch) ring(room *hub.Room) {
	if len(w.rooms) == 0 {
		w.rounds = 0
	}
	w.rooms = append(w.rooms, room)
}

// looks returns how often to look.
func (w *watch) looks() int {
	var members uint64
	for _, room := range w.rooms {
		members += room.Members()
	}
	return int(min(members/membersLook, mostLooks))
}

// due reports whether rooms are to take their posts now.
func (w *watch) due() bool { return len(w.rooms) > 0 && (w.n == 0 || w.rounds >= mostRounds) }

// manyMembers is how many members a room has in whose work the watch is not kept up.
const manyMembers = 256

// work has the rooms take their posts: one of them here, so that on a machine that
// is not busy nobody else has to be woken for it.
func (w *watch) work(sh *shift) {
	room, others := w.rooms[0], w.rooms[1:]
	for _, other := range others {
		other.Notify()
	}
	clear(w.rooms)
	w.rooms = w.rooms[:0]
	if room.Members() > manyMembers {
		sh.relieve()
	}
	room.TryProcess()
}
