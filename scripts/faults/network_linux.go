package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// A network is one of namespaces: each node has its own, and a router's connects them. Rules
// of the router decide which nodes can reach which.
type network struct {
	router string   // its namespace
	cuts   []string // rules
	nodes  []*node
}

// A node is where a program runs. Nil is this program's own network.
type node struct {
	namespace, address string
}

// newNetwork makes a network without nodes.
func newNetwork() (*network, error) {
	if os.Geteuid() != 0 {
		return nil, skipped{"making network namespaces needs root"}
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return nil, skipped{"there is no program ip"}
	}
	n := &network{router: fmt.Sprintf("faults-%d", os.Getpid())}
	if err := ip("netns add " + n.router); err != nil {
		return nil, skipped{"network namespaces cannot be made: " + err.Error()}
	}
	if err := ip("netns exec " + n.router + " sysctl -q -w net.ipv4.ip_forward=1"); err != nil {
		return nil, errors.Join(err, n.remove())
	}
	return n, nil
}

// ip runs the program ip.
func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// add adds a node, which reaches all others.
func (n *network) add() (*node, error) {
	number := len(n.nodes) + 1
	link := fmt.Sprintf("link%d", number)
	added := &node{fmt.Sprintf("%s-%d", n.router, number), fmt.Sprintf("198.18.0.%d", number)}
	n.nodes = append(n.nodes, added)
	for _, args := range []string{
		"netns add " + added.namespace,
		"link add " + link + " netns " + n.router + " type veth peer name eth0 netns " + added.namespace,
		"-n " + n.router + " addr add 198.18.1.1/32 dev " + link,
		"-n " + n.router + " link set " + link + " up",
		"-n " + n.router + " route add " + added.address + "/32 dev " + link,
		"-n " + added.namespace + " link set lo up",
		"-n " + added.namespace + " addr add " + added.address + "/32 dev eth0",
		"-n " + added.namespace + " link set eth0 up",
		"-n " + added.namespace + " route add 198.18.1.1/32 dev eth0",
		"-n " + added.namespace + " route add default via 198.18.1.1",
	} {
		if err := ip(args); err != nil {
			return nil, err
		}
	}
	return added, nil
}

// cut has no packet go from one node to another any more.
func (n *network) cut(from, to *node) error {
	rule := "from " + from.address + " to " + to.address + " blackhole"
	if err := ip("-n " + n.router + " rule add " + rule); err != nil {
		return err
	}
	n.cuts = append(n.cuts, rule)
	return nil
}

// heal has all nodes reach each other.
func (n *network) heal() (err error) {
	for _, rule := range n.cuts {
		err = errors.Join(err, ip("-n "+n.router+" rule del "+rule))
	}
	n.cuts = nil
	return err
}

// remove removes the network. No program may run in it.
func (n *network) remove() (err error) {
	for _, one := range n.nodes {
		err = errors.Join(err, ip("netns del "+one.namespace))
	}
	return errors.Join(err, ip("netns del "+n.router))
}

// command returns the command that runs another one at the node.
func (n *node) command(command ...string) []string {
	if n == nil {
		return command
	}
	return append([]string{"ip", "netns", "exec", n.namespace}, command...)
}

// dial connects to an address as a program at the node does.
func (n *node) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	var dialer net.Dialer
	if n == nil {
		return dialer.DialContext(ctx, network, address)
	}
	err = n.within(func() (err error) {
		conn, err = dialer.DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// within calls f in the node's namespace. The thread goes on afterwards: programs that it has
// started end with it.
func (n *node) within(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer func() { _ = own.Close() }()
	there, err := os.Open("/run/netns/" + n.namespace)
	if err != nil {
		return err
	}
	defer func() { _ = there.Close() }()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = f()
	if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back != nil {
		panic(back) // the thread must not do anything else
	}
	return err
}
