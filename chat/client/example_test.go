package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
)

// now is the time that the example's bot tells.
func now() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }

// clock is a bot: in the room go it tells the time to whoever asks.
func clock(ctx context.Context, config client.Config) error {
	c, err := client.Dial(ctx, config)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Join(ctx, "go"); err != nil {
		return err
	}
	return c.Handle(ctx, client.On(func(m client.Message) error {
		if m.Text != "!time" {
			return nil
		}
		_, err := c.Post(ctx, m.Room, m.Nick+": "+now().Format(time.Kitchen))
		return err
	}))
}

// A bot of one function, and how it is tested: with a server in memory.
func Example() {
	s, alice := exampleRoom()
	defer s.Close()
	defer alice.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- clock(ctx, s.Config("clock")) }()

	_ = alice.Handle(ctx,
		client.On(func(j client.MemberJoined) error {
			fmt.Println(j.Nick, "has joined", j.Room)
			_, err := alice.Post(ctx, j.Room, "!time")
			return err
		}),
		client.On(func(m client.Message) error {
			fmt.Printf("%d %s: %s\n", m.Seq, m.Nick, m.Text)
			if m.Nick == "clock" {
				cancel()
			}
			return nil
		}))
	fmt.Println(<-ended)
	// Output:
	// clock has joined go
	// 1 alice: !time
	// 2 clock: alice: 12:00PM
	// context canceled
}

// A watcher prints the messages that have its nick in them, but not its own.
func ExampleClient_Mentions() {
	s, alice := exampleRoom()
	defer s.Close()
	defer alice.Close()
	ctx := context.Background()
	bob, err := client.Dial(ctx, s.Config("bob"))
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close()
	for _, text := range []string{"who is on call? alice?", "malice is another word", "ALICE: please", "that was all"} {
		if _, err := bob.Post(ctx, "go", text); err != nil {
			log.Fatal(err)
		}
	}

	enough := errors.New("enough")
	err = alice.Handle(ctx, client.On(func(m client.Message) error {
		if alice.Mentions(m) {
			fmt.Printf("%s in %s: %s\n", m.Nick, m.Room, m.Text)
		}
		if m.Text == "that was all" {
			return enough
		}
		return nil
	}))
	fmt.Println(err)
	// Output:
	// bob in go: who is on call? alice?
	// bob in go: ALICE: please
	// enough
}

// A poster does not wait for each answer. Its posts are in order, each of them once,
// also where the connection is lost in their midst.
func ExampleClient_PostAsync() {
	s, alice := exampleRoom()
	defer s.Close()
	defer alice.Close()
	ctx := context.Background()
	var posts []*client.Request
	for i := range 1000 {
		post, err := alice.PostAsync(ctx, "go", fmt.Sprint("line ", i+1))
		if err != nil {
			log.Fatal(err)
		}
		posts = append(posts, post)
	}

	for i, post := range posts {
		reply, err := post.Wait(ctx)
		if err != nil || reply.OK.Seq != uint64(i+1) {
			log.Fatal(i, reply.OK.Seq, err)
		}
	}
	fmt.Println(len(posts), "posts are safe")
	// Output:
	// 1000 posts are safe
}

// History asks for pages as the loop comes to them.
func ExampleClient_History() {
	s, alice := exampleRoom()
	defer s.Close()
	defer alice.Close()
	ctx := context.Background()
	for i := range 2500 {
		post, err := alice.PostAsync(ctx, "go", fmt.Sprint("line ", i+1))
		if err != nil {
			log.Fatal(err)
		}
		if i == 2499 {
			_, err = post.Wait(ctx)
		}
	}

	posts := 0
	for event, err := range alice.History(ctx, "go", client.Range{After: 100}) {
		if err != nil {
			log.Fatal(err)
		}
		switch e := event.(type) {
		case client.Message:
			if posts++; posts%1000 == 0 {
				fmt.Println(e.Seq, e.Nick, e.Text)
			}
		case client.Gap:
			fmt.Println("gone are the posts from", e.From, "to", e.To)
		}
	}
	fmt.Println(posts, "posts after number 100")
	// Output:
	// 1100 alice line 1100
	// 2100 alice line 2100
	// 2400 posts after number 100
}

// A bot with an account has a nick that nobody else can take, nor one that looks like it.
func Example_account() {
	s, ctx := clienttest.New(), context.Background()
	defer s.Close()
	if err := s.Register(ctx, "deploys", "correct horse"); err != nil {
		log.Fatal(err)
	}
	config := s.Config("")
	config.Account, config.Password = "deploys", "correct horse"
	bot, err := client.Dial(ctx, config)
	if err != nil {
		log.Fatal(err)
	}
	defer bot.Close()
	fmt.Println("logged in as", bot.Session().Account)

	_, err = client.Dial(ctx, s.Config("dep1oys"))
	fmt.Println("its nick is refused to others:", errors.Is(err, client.NickRegistered))
	config.Password = "incorrect"
	_, err = client.Dial(ctx, config)
	fmt.Println("so is another password:", errors.Is(err, client.BadLogin))
	// Output:
	// logged in as deploys
	// its nick is refused to others: true
	// so is another password: true
}

// exampleRoom returns a server and alice, who is in its only room.
func exampleRoom() (*clienttest.Server, *client.Client) {
	s, ctx := clienttest.New(), context.Background()
	alice, err := client.Dial(ctx, s.Config("alice"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := alice.Join(ctx, "go", client.CreateRoom); err != nil {
		log.Fatal(err)
	}
	return s, alice
}
