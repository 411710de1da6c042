package netpoll

import "golang.org/x/sys/unix"

func writev(fd int, pieces [][]byte) (int, error) {
	if len(pieces) == 1 {
		return unix.Write(fd, pieces[0])
	}
	return unix.Writev(fd, pieces)
}

// hasInput reports whether there is input although a read has said that there is none,
// as it does at an urgent byte when a signal has come (Linux, tcp_recvmsg).
func hasInput(fd int) bool {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return err == nil && n > 0
}
