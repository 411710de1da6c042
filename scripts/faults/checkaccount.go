package main

import (
	"context"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// checkAnew checks an account on a new connection.
func (h *holder) checkAnew(ctx context.Context, socket string, a *account, old int) error {
	c, err := h.dial(ctx, socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return h.check(c, a, old)
}

// check compares what chatd has stored of an account with what it has acknowledged, and
// notes it. An old password, if it is not 0, must be refused. It leaves c logged in to the
// account, or, if nobody has its name, with that as nick.
func (h *holder) check(c *harness.Client, a *account, old int) error {
	stored, err := h.stored(c, a, old)
	if err != nil {
		return err
	}
	if stored != a.known && stored != a.pending {
		h.load.ledger.fault(lost, "%s is %v, but must be %v or, without an answer, %v", a.name, stored, a.known, a.pending)
	}
	a.become(stored)
	return nil
}

// stored asks chatd for what it has stored. An old password comes first, because only one
// can be right.
func (h *holder) stored(c *harness.Client, a *account, old int) (accountState, error) {
	try := a.passwords()
	if old > 0 {
		try = append([]int{old}, try...)
	}
	for _, n := range try {
		_, err := c.Ask("LOGIN " + a.name + " " + a.password(n))
		if err == nil {
			keys, err := h.keys(c, a)
			return accountState{password: n, keys: keys}, err
		}
		if codeOf(err) != proto.BadLogin {
			return accountState{}, err
		}
	}
	_, err := c.Ask(nickCommand(a.name))
	if codeOf(err) == proto.NickRegistered {
		return accountState{released: true}, nil
	}
	return accountState{}, err
}

// keys returns which keys chatd lists, of the account that c is logged in to.
func (h *holder) keys(c *harness.Client, a *account) (keys uint8, err error) {
	answer, err := c.Ask("KEYS")
	if err != nil {
		return 0, err
	}
	byFingerprint := map[string]int{}
	for i := range maxKeys {
		byFingerprint[a.key(i).fingerprint] = i
	}
	for _, line := range answer[:len(answer)-1] {
		i, known := byFingerprint[line.Fingerprint]
		if !known || line.Kind != "ssh" || line.Text != a.keyComment(i) || keys&(1<<i) != 0 {
			h.load.ledger.fault(changed, "%s has the key %s %s %s", a.name, line.Kind, line.Fingerprint, line.Text)
			continue
		}
		keys |= 1 << i
	}
	return keys, nil
}

// checkAccounts checks every account of every holder. Old passwords are not tried, because
// chatd does not take so many wrong ones.
func (l *load) checkAccounts(ctx context.Context, socket string) {
	for _, h := range l.holders {
		for _, a := range h.accounts {
			if err := h.checkAnew(ctx, socket, a, 0); err != nil {
				l.ledger.fault(broken, "%s: checking %s: %v", h.name(), a.name, err)
				break
			}
		}
	}
}

// changes returns how many changes of accounts were acknowledged.
func (l *load) changes() (n int) {
	for _, h := range l.holders {
		n += h.changes
	}
	return n
}
