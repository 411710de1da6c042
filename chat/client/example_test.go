package client_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"linechat/chat/client"
	"linechat/scripts/harness"
)

// clock is a bot: whoever posts !time in the room is told the time, until the
// context ends. A lost connection does not end it.
func clock(ctx context.Context, server, room string, now func() time.Time) error {
	c, err := client.Dial(ctx, client.Config{Server: server, Nick: "clock"})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if _, err := c.Join(ctx, room, client.Replay{}); err != nil {
		return err
	}
	for event := range c.Events() {
		if post, ok := event.(client.Message); ok && post.Text == "!time" {
			if _, err := c.Post(ctx, post.Room, post.Nick+": "+now().Format(time.TimeOnly)); err != nil {
				return err
			}
		}
	}
	return c.Err()
}

func Example() {
	server, stop := exampleServer()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	alice, err := client.Dial(ctx, client.Config{Server: server, Nick: "alice"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close()
	_ = alice.Create(ctx, "go", "all about Go")
	_, _ = alice.Join(ctx, "go", client.Replay{})

	ended := make(chan error)
	go func() {
		noon := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
		ended <- clock(ctx, server, "go", noon)
	}()
	for event := range alice.Events() {
		switch e := event.(type) {
		case client.MemberJoined:
			fmt.Println(e.Nick, "is here")
			_, _ = alice.Post(ctx, e.Room, "!time")
		case client.Message:
			fmt.Printf("%d %s: %s\n", e.Seq, e.Nick, e.Text)
			if e.Nick == "clock" {
				cancel()
				<-ended
				return
			}
		}
	}
	// Output:
	// clock is here
	// 1 alice: !time
	// 2 clock: alice: 12:00:00
}

// exampleServer runs chatd for an example.
func exampleServer() (address string, stop func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	d, err := harness.StartChatd(chatd, dir, "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return d.Address, func() {
		d.Kill()
		_ = os.RemoveAll(dir)
	}
}
