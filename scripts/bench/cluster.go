package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// A cluster is chatds that are one chat, on three nats-servers.
type cluster struct {
	chatd
	nats     nats
	machines int // chatds
}

func (*cluster) offers(d durability) bool { return d != inMemory }

func (s *cluster) parts(dir string, _ durability) ([]part, error) {
	all, monitors, err := s.nats.three(dir)
	if err != nil {
		return nil, err
	}
	addresses, err := harness.FreeAddresses(s.machines)
	if err != nil {
		return nil, err
	}
	var servers []string
	for i := range all {
		servers = append(servers, "nats://"+all[i].address)
		all[i].address = "" // clients connect to chatds
	}
	for i, address := range addresses {
		all = append(all, s.part(address, "--data", filepath.Join(dir, fmt.Sprint("chatd", i)), "--nats", strings.Join(servers, ","),
			"--nats-monitor", "http://"+strings.Join(monitors, ",http://"), "--nats-max-bytes", "1GiB"))
	}
	return all, nil
}

func (*cluster) awaitRoom(c *conn, room string) error {
	for {
		_, err := c.Ask("IN " + room + " TOPIC")
		var refused *proto.Error
		if !errors.As(err, &refused) || refused.Code != proto.NoSuchRoom {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}
