package harness

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports that FreeAddresses chooses from: below those that systems give to whoever connects,
// so that nobody has one while its server is down.
const (
	minPort   = 20_000
	freePorts = 12_000
	portTries = 100
)

// FreeAddresses returns n addresses of this machine at which nobody listens: servers know one
// another's before they start, and have the same ones again.
func FreeAddresses(n int) (addresses []string, err error) {
	for tries := 0; len(addresses) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", minPort+rand.IntN(freePorts)))
		if err != nil && tries < portTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // once all are chosen
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}
