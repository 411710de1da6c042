//go:build !portable

package netpoll

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An epollSet is an epoll set that a goroutine can wait for without keeping a thread.
type epollSet struct {
	file *os.File
	raw  syscall.RawConn
}

func openEpoll() (*epollSet, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	err = unix.SetNonblock(fd, true) // for os.File to wait for it
	s := &epollSet{file: os.NewFile(uintptr(fd), "epoll")}
	if err == nil {
		err = s.file.SetDeadline(time.Time{}) // fails where it cannot be waited for
	}
	if err == nil {
		s.raw, err = s.file.SyscallConn()
	}
	if err != nil {
		_ = s.file.Close()
		return nil, err
	}
	return s, nil
}

// add adds a descriptor to the set, which reports its input from then on.
func (s *epollSet) add(fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLET, Fd: int32(fd)}
	var failed error
	err := s.raw.Control(func(set uintptr) { failed = unix.EpollCtl(int(set), unix.EPOLL_CTL_ADD, fd, &event) })
	if err != nil {
		return err
	}
	return os.NewSyscallError("epoll_ctl", failed)
}
