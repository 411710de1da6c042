//go:build !linux

package main

import (
	"context"
	"errors"
	"net"
)

// A network would be one of namespaces, whose nodes can be cut off from each other. Linux has
// them.
type network struct{}

// A node is where a program runs: here in this program's own network.
type node struct{ address string }

func newNetwork() (*network, error) { return nil, skipped{"network namespaces are Linux's"} }

func (*network) add() (*node, error)       { return nil, errors.ErrUnsupported }
func (*network) cut(_, _ *node) error      { return errors.ErrUnsupported }
func (*network) heal() error               { return errors.ErrUnsupported }
func (*network) remove() error             { return errors.ErrUnsupported }
func (*node) command(c ...string) []string { return c }

func (*node) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}
