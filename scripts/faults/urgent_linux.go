package main

import (
	"net"

	"golang.org/x/sys/unix"
)

// sendUrgent sends text whose last byte is urgent data.
func sendUrgent(conn *net.TCPConn, text string) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Write(func(fd uintptr) bool {
		sent = unix.Sendto(int(fd), []byte(text), unix.MSG_OOB, nil)
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return sent
}
