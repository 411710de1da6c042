package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// floodMode is the name of the mode of strangers' processes.
const floodMode = "flood"

// runFlood makes one attack on an address, or, if there is none, on a sink, and prints its
// floodReport as JSON.
func runFlood(ctx context.Context, w *workspace) (err error) {
	a, err := findAttack(w.attacks[0])
	if err != nil {
		return err
	}
	if a.flood == nil {
		return fmt.Errorf("%s waits for answers", a.name)
	}
	address := w.address
	if address == "" {
		s, err := openSink()
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		address = s.Addr().String()
	}
	ctx, cancel := context.WithTimeout(ctx, w.flooding)
	defer cancel()
	from := func(n int) net.Addr { return strangersAddress(w.first + n%w.addresses) }
	return json.NewEncoder(w.out).Encode(a.flood().strike(ctx, from, address))
}

// flood has a process of its own flood an address, or a sink if that is "", so that those
// who talk share nothing with strangers but the machine. These have so many addresses, from
// the number first on.
func (o *options) flood(ctx context.Context, name, address string, first, addresses int) (*floodReport, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	argv := []string{floodMode, "--flooding", o.flooding.String(), "--first", strconv.Itoa(first), "--addresses", strconv.Itoa(addresses), name}
	if address != "" {
		argv = append(argv, address)
	}
	out, err := exec.CommandContext(ctx, self, argv...).Output()
	if err != nil {
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("flooding: %w", err)
	}
	var report floodReport
	return &report, json.Unmarshal(out, &report)
}
