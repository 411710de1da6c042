//go:build !linux || portable

package netpoll

// A poller polls nothing here: each connection has a goroutine.
type poller struct{}

func (*poller) start(*Conn) bool { return false }

func (*poller) remove(*Conn) {}

func (*poller) release(*Turn) bool { return false }

func (*poller) handoff() {}

func (*poller) tryDefer(*Turn, Deferred) bool { return false }

func (*poller) close() {}
