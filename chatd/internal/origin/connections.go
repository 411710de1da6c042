package origin

import (
	"fmt"
	"time"
)

// A ConnectError says that an origin may have no further connection for now.
type ConnectError struct {
	Limit int           // connections at a time, or with Wait connections a second
	Wait  time.Duration // until there may be another; 0: until one of them ends
}

// Error implements error. It says what people at the origin read.
func (e *ConnectError) Error() string {
	if e.Wait > 0 {
		return fmt.Sprintf("your address makes more than %d connections a second; wait %.1f seconds", e.Limit, e.Wait.Seconds())
	}
	return fmt.Sprintf("your address has %d connections, and no more are allowed; end one first", e.Limit)
}

// Connect counts a connection of the origin, which Disconnect takes back. It returns a
// *ConnectError if the origin has max connections already, or makes more of them than
// Connects allows. Of a site these are four times as many. A max of 0 is no limit.
func (o *Origin) Connect(max int) error {
	if wait := o.Wait(Connects); wait > 0 {
		return &ConnectError{int(o.table.limits[Connects].PerSecond), wait}
	}
	if !o.tryConnect(max) {
		return &ConnectError{Limit: max}
	}
	o.Reserve(Connects, 1)
	return nil
}

func (o *Origin) tryConnect(max int) bool {
	o.table.mu.Lock()
	defer o.table.mu.Unlock()
	if max > 0 && !o.exempt && (o.connections >= max || o.parent != nil && o.parent.connections >= privileged*max) {
		return false
	}
	o.connect(1)
	return true
}

// Disconnect counts the end of a connection.
func (o *Origin) Disconnect() {
	o.table.mu.Lock()
	defer o.table.mu.Unlock()
	o.connect(-1)
}

// Connections returns how many there are.
func (o *Origin) Connections() int {
	o.table.mu.Lock()
	defer o.table.mu.Unlock()
	return o.connections
}

func (o *Origin) connect(n int) {
	o.connections += n
	if o.parent != nil && !o.exempt {
		o.parent.connections += n
	}
}
