package hub

import (
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A fence has a goroutine wait until the goroutines that have input to read have
// run: Go's scheduler looks for input only when a goroutine waits for some, so
// this waits for an event that it causes itself, and all that is ready by then
// comes with it. It takes about two microseconds.
type fence struct {
	file *os.File
	raw  syscall.RawConn

	mu     sync.Mutex // one goroutine at a time waits
	caused bool
	ready  func(fd uintptr) bool // made once
}

// open makes the fence; without it pass lets the others run that are known to
// be ready.
func (f *fence) open() error {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	f.file = os.NewFile(uintptr(fd), "eventfd")
	f.raw, err = f.file.SyscallConn()
	f.ready = f.cause
	return err
}

func (f *fence) close() error { return f.file.Close() }

// pass waits. Where another goroutine is waiting, its event does for both.
func (f *fence) pass() {
	if f.mu.TryLock() {
		f.caused = false
		_ = f.raw.Read(f.ready) // fails when the hub is closed, and then need not wait
		f.mu.Unlock()
	}
	runtime.Gosched()
}

// cause causes the event when it is called first, and takes it back when it has
// come.
func (f *fence) cause(fd uintptr) bool {
	event := [8]byte{1}
	if f.caused {
		_, _ = unix.Read(int(fd), event[:])
		return true
	}
	f.caused = true
	_, err := unix.Write(int(fd), event[:])
	return err != nil
}
