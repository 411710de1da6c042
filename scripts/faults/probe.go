package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// An answerTime is how long the answer to a command took.
type answerTime struct {
	took    time.Duration
	command string
}

func (a answerTime) String() string {
	return fmt.Sprintf("%v %s", a.took.Round(time.Millisecond/10), a.command)
}

// A prober sends commands that read, which must be answered whatever the disk does,
// and commands that write, and records which answer took longest.
type prober struct {
	socket  string
	load    *load
	writes  bool // commands that write must be refused with the code store
	slowest answerTime
}

// probe asks everything again and again until ctx ends, each time on a new
// connection.
func (p *prober) probe(ctx context.Context) error {
	for round := 0; ; round++ {
		begun := time.Now()
		c, err := dial(ctx, p.socket)
		if err != nil {
			return err
		}
		p.note("HELLO", begun)
		err = p.ask(c, p.load.source.rooms[round%len(p.load.source.rooms)])
		if closeErr := c.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
		sleep(ctx, 10*time.Millisecond)
	}
}

// ask asks everything once.
func (p *prober) ask(c *harness.Client, room string) error {
	oldest := fmt.Sprintf("IN %s HISTORY 5 AFTER 0", room)
	for _, command := range []string{
		"PING", oldest, "IN " + room + " HISTORY 50", "IN " + room + " WHO", "IN " + room + " TOPIC", "ROOMS",
		"SET presence off", "JOIN " + room + " LAST 5", "LEAVE " + room, // posts come meanwhile
	} {
		begun := time.Now()
		if _, err := c.Ask(command); err != nil {
			return err
		}
		p.note(command, begun)
	}
	for _, command := range []string{"IN " + room + " TOPIC new", fmt.Sprint("CREATE new-", time.Now().UnixNano())} {
		begun := time.Now()
		_, err := c.Ask(command)
		p.note(command, begun)
		var no *proto.Error
		if p.writes && (!errors.As(err, &no) || no.Code != proto.StoreFailed) {
			return fmt.Errorf("%s was answered %v instead of ERR store", command, err)
		}
	}
	return nil
}

func (p *prober) note(command string, begun time.Time) {
	if took := time.Since(begun); took > p.slowest.took {
		p.slowest = answerTime{took, command}
	}
}
