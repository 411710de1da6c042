package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"linechat/scripts/harness"
	"linechat/scripts/linearizable"
)

// How a history is made. It is so short that whether an order explains it is soon found out.
const (
	historians    = 10
	historyPause  = 100 * time.Millisecond
	historyWithin = time.Minute
	settleFor     = 2 * time.Second // before, between and after the faults
)

// checkHistory records what clients do at all machines while the nats-server that leads and a
// chatd are killed, and checks that there is one order of it.
func checkHistory(ctx context.Context, c *cluster, n int) error {
	chat := &linearizable.Chat{Clients: historians, Commands: 10_000, Pause: historyPause, Seed: c.seed + uint64(n)}
	for _, h := range c.hosts {
		chat.Machines = append(chat.Machines, func(ctx context.Context) (*harness.Client, error) {
			client, err := harness.Dial(ctx, "unix", h.socket())
			if err != nil {
				return nil, err
			}
			return greeted(client, silence)
		})
	}
	chat.Epoch = func(ctx context.Context, machine int) (int, error) { return c.hosts[machine].epoch(ctx) }
	for i := range 3 {
		room, nick := fmt.Sprintf("history-%d-%d", n, i), fmt.Sprintf("historian-%d-%d", n, i)
		if err := c.hosts[0].ask(ctx, "CREATE "+room); err != nil {
			return err
		}
		chat.Rooms, chat.Nicks = append(chat.Rooms, room), append(chat.Nicks, nick)
	}
	talkCtx, enough := context.WithCancel(ctx)
	defer enough()
	var run *linearizable.Run
	ended := make(chan error)
	go func() { // until enough, after which ended is received from
		var err error
		run, err = chat.Run(talkCtx)
		ended <- err
	}()
	sleep(ctx, settleFor)
	err := killLeader(ctx, c, n)
	sleep(ctx, settleFor)
	err = errors.Join(err, killChatd(ctx, c, n))
	sleep(ctx, settleFor)
	enough()
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	c.progress.Show("%s %d: %d commands", c.event.name, n+1, run.History.Len())
	return errors.Join(run.History.Check(historyWithin), c.draw(run, n))
}

// epoch returns a number that grows when the others take a machine for gone. That none of this is
// under way, unknown to the machine, a nick shows that it gets.
func (h *host) epoch(ctx context.Context) (int, error) {
	client, err := dial(ctx, h.admin())
	if err != nil {
		return 0, err
	}
	defer func() { _ = client.Close() }()
	if _, err := client.Ask(fmt.Sprintf("NICK epoch-%x", rand.Uint64())); err != nil {
		return 0, err
	}
	log, err := os.ReadFile(h.log())
	return bytes.Count(log, []byte("taking part in the chat")), err
}

// draw leaves a page about a history, for --keep.
func (c *cluster) draw(run *linearizable.Run, n int) error {
	if !c.keep {
		return nil
	}
	page, err := os.Create(filepath.Join(c.dir, fmt.Sprintf("history-%d.html", n+1)))
	if err != nil {
		return err
	}
	return errors.Join(run.History.Draw(page, historyWithin), page.Close())
}
