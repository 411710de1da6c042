package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"linechat/scripts/harness"
)

// jetstream is three nats-servers with one stream, which is replicated to all of them and has
// all rooms, each a subject. What is stored is delivered, on the room's subject below live.
// That is what a cluster's log is, and what its figures are to be compared with.
type jetstream struct{ nats }

// jetstreamName is the stream's name.
const jetstreamName = "posts"

func (*jetstream) name() string { return "jetstream" }

func (*jetstream) offers(d durability) bool { return d != inMemory }

func (s *jetstream) parts(dir string, _ durability) ([]part, error) {
	all, _, err := s.three(dir)
	return all, err
}

// three returns three nats-servers, and the addresses of their monitors.
func (s *nats) three(dir string) (all []part, monitors []string, err error) {
	const n = 3
	free, err := harness.FreeAddresses(3 * n)
	if err != nil {
		return nil, nil, err
	}
	clients, routes, monitors := free[:n], free[n:2*n], free[2*n:]
	for i, address := range clients {
		config := fmt.Sprintf("server_name: n%d\nhttp: %q\ncluster: { name: chat, listen: %q, routes: [\"nats://%s\"] }\n",
			i, monitors[i], routes[i], strings.Join(routes, `", "nats://`)) + jetstreamIn(filepath.Join(dir, fmt.Sprint("nats", i)))
		p, err := s.part(filepath.Join(dir, fmt.Sprintf("nats%d.conf", i)), address, config)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, p)
	}
	return all, monitors, nil
}

// greet fails while the servers have no leader, for then they do not answer.
func (s *jetstream) greet(c *conn) error {
	if err := s.nats.greet(c); err != nil {
		return err
	}
	return s.await(c, "$JS.API.INFO")
}

// answerWithin is how long await waits for an answer.
const answerWithin = 500 * time.Millisecond

// await returns an error if nobody answers at a subject.
func (s *jetstream) await(c *conn, subject string) error {
	in, err := newInboxFor(c, "_INBOX.await")
	if err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	if _, err := in.ask(in.publication(subject, nil)); err != nil {
		return fmt.Errorf("waiting for %s: %w", subject, err)
	}
	return errors.Join(in.close(), c.SetReadDeadline(time.Time{}))
}

// readySubject is the stream's last one: a server that knows of it knows of all.
const readySubject = "ready"

func (s *jetstream) makeRooms(c *conn, _ durability, names ...string) error {
	in, err := newInbox(c)
	if err != nil {
		return err
	}
	err = makeStream(in, map[string]any{
		"name": jetstreamName, "subjects": append(names, readySubject), "num_replicas": 3, "republish": map[string]string{"src": ">", "dest": "live.>"},
	})
	if err != nil {
		return err
	}
	return in.close()
}

// awaitRoom returns when c's server knows of the stream: it drops what is published before.
func (s *jetstream) awaitRoom(c *conn, _ string) error {
	for {
		if err := s.await(c, readySubject); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

func (s *jetstream) newPoster(c *conn, room string, body []byte) (poster, error) {
	p, err := newNATSPoster(c, room, body, jetstreamName)
	return jetstreamPoster{p}, err
}

// A jetstreamPoster is told the numbers of posts in the stream, not in the room.
type jetstreamPoster struct{ *natsPoster }

func (p jetstreamPoster) post() (uint64, error) {
	_, err := p.natsPoster.post()
	return 0, err
}

func (s *jetstream) newMember(c *conn, room string) (member, error) {
	return s.nats.newMember(c, "live."+room)
}
