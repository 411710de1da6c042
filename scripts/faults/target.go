package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// A target is the chatd that is attacked.
type target struct {
	*options
	address string
	admin   string // its admins' socket
	strikes int    // of floods that have begun
}

// strangersAddress returns an address of strangers': for n = 0, 1, … 127.0.0.2 and the
// addresses after it.
func strangersAddress(n int) net.Addr {
	const perNetwork = 250
	return &net.TCPAddr{IP: net.IPv4(127, 0, byte(n/perNetwork), byte(2+n%perNetwork))}
}

// dialFrom connects from a stranger's address and reads the HELLO. The connection is closed
// when ctx ends.
func (t *target) dialFrom(ctx context.Context, n int) (*harness.Client, error) {
	return t.dial(ctx, strangersAddress(n))
}

// dialAll connects from so many strangers' addresses.
func (t *target) dialAll(ctx context.Context, addresses int) ([]*harness.Client, error) {
	clients := make([]*harness.Client, addresses)
	for n := range clients {
		var err error
		if clients[n], err = t.dialFrom(ctx, n); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// dial connects from an address, or with nil from 127.0.0.1.
func (t *target) dial(ctx context.Context, from net.Addr) (*harness.Client, error) {
	c, err := harness.DialFrom(ctx, from, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	return greeted(c, answerWithin)
}

// password is that of every account.
const password = "correct horse"

func accountName(n int) string { return fmt.Sprintf("owner-%d", n) }

// addAccounts adds accounts 0, 1, … with the password.
func (t *target) addAccounts(ctx context.Context, accounts int) error {
	c, err := dial(ctx, t.admin)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for n := range accounts {
		for _, command := range []string{"ACCOUNTS ADD " + accountName(n), "PASSWD " + accountName(n) + "\n" + password} {
			if _, err := c.Ask(command); err != nil {
				return err
			}
		}
	}
	return nil
}

// codeCounts are numbers of answers by their code, OK among them.
type codeCounts map[string]int

// String returns the counts as "65 bad-login, 935 rate-limited".
func (c codeCounts) String() string {
	var all []string
	for _, code := range slices.Sorted(maps.Keys(c)) {
		all = append(all, fmt.Sprintf("%d %s", c[code], code))
	}
	return strings.Join(all, ", ")
}

// A codeCount counts answers. The zero value is ready to use, by several goroutines.
type codeCount struct {
	mu     sync.Mutex
	counts codeCounts
}

// ask sends a command and counts its answer. An error is that there was none.
func (t *codeCount) ask(c *harness.Client, command string) error {
	_, err := c.Ask(command)
	code := "OK"
	var refusal *proto.Error
	if errors.As(err, &refusal) {
		code = string(refusal.Code)
	} else if err != nil {
		return err
	}
	t.add(code)
	return nil
}

// add counts an answer.
func (t *codeCount) add(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = codeCounts{}
	}
	t.counts[code]++
}

func (t *codeCount) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts.String()
}
