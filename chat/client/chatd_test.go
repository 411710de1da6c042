package client_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

func dial(t *testing.T, config client.Config) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestCommands: every command, with the daemon, over a Unix socket.
func TestCommands(t *testing.T) {
	server := "unix://" + filepath.Join(t.TempDir(), "socket")
	runDaemon(t, server)
	ctx := t.Context()
	alice := dial(t, client.Config{Server: server, Nick: "alice"})
	bob := dial(t, client.Config{Server: server})
	if err := alice.Create(ctx, "go", "all about Go"); err != nil {
		t.Fatal(err)
	}
	if j := must[client.Joined](t)(alice.Join(ctx, "Go")); j.Room != "go" || j.Topic.Text != "all about Go" || j.Members != 1 {
		t.Errorf("Join: %+v", j)
	}
	if seq := must[uint64](t)(alice.Post(ctx, "", " hello,  world")); seq != 1 {
		t.Errorf("Post: %d", seq)
	}
	if seq := must[uint64](t)(alice.Emote(ctx, "go", "waves")); seq != 2 {
		t.Errorf("Emote: %d", seq)
	}
	if seq := must[uint64](t)(alice.Paste(ctx, "", []string{"one", ".", "", "two"})); seq != 3 {
		t.Errorf("Paste: %d", seq)
	}
	setsTopics(ctx, t, alice, bob)
	asksOfRoom(ctx, t, bob)
	isAUser(ctx, t, alice, bob)
	isRefused(ctx, t, server, bob)
}

// setsTopics: a topic is taken away and set.
func setsTopics(ctx context.Context, t *testing.T, alice, bob *client.Client) {
	t.Helper()
	if err := alice.SetTopic(ctx, "", ""); err != nil {
		t.Error(err)
	}
	if topic := must[client.TopicText](t)(bob.Topic(ctx, "go")); topic.Text != "" {
		t.Errorf("Topic: %+v", topic)
	}
	if err := alice.SetTopic(ctx, "go", "Go"); err != nil {
		t.Error(err)
	}
	if topic := must[client.TopicText](t)(bob.Topic(ctx, "go")); topic != (client.TopicText{Nick: "alice", Text: "Go"}) {
		t.Errorf("Topic: %+v", topic)
	}
}

// asksOfRoom: what there is to know of a room that one is not in.
func asksOfRoom(ctx context.Context, t *testing.T, bob *client.Client) {
	t.Helper()
	for room, err := range bob.ListRooms(ctx, "g") {
		if err != nil || room.Name != "go" || room.Members != 1 {
			t.Errorf("ListRooms: %+v, %v", room, err)
		}
	}
	if who := must[[]client.Member](t)(bob.Who(ctx, "go")); len(who) != 1 || who[0].Nick != "alice" {
		t.Errorf("Who: %+v", who)
	}
	for e, err := range bob.Search(ctx, "go", client.Query{Words: "two"}) {
		if m, ok := e.(client.Message); err != nil || !ok || m.Text != "one\n.\n\ntwo" {
			t.Errorf("Search: %+v, %v", e, err)
		}
	}
}

// isAUser: nick, private line, settings, and the way into a room and out of it.
func isAUser(ctx context.Context, t *testing.T, alice, bob *client.Client) {
	t.Helper()
	if err := bob.Rename(ctx, "bob"); err != nil || bob.Session().Nick != "bob" {
		t.Errorf("Rename: %v, %s", err, bob.Session().Nick)
	}
	if err := alice.Tell(ctx, "bob", "psst"); err != nil {
		t.Error(err)
	}
	if help := must[client.Reply](t)(bob.Do(ctx, proto.Command{Verb: "HELP", Words: []string{"WHO"}})); len(help.Lines) != 1 {
		t.Errorf("HELP: %+v", help)
	}
	if err := bob.Set(ctx, "presence", false); err != nil {
		t.Error(err)
	}
	if j := must[client.Joined](t)(bob.Join(ctx, "go", client.Last(2))); len(j.Past) != 2 || j.Past[0].Text != "waves" || j.Head != 3 {
		t.Errorf("Join: %+v", j)
	}
	if current := must[string](t)(bob.Leave(ctx, "")); current != "" {
		t.Errorf("Leave: %q", current)
	}
}

// isRefused: a refusal has its code, and the limit where there is one.
func isRefused(ctx context.Context, t *testing.T, server string, bob *client.Client) {
	t.Helper()
	_, err := bob.Leave(ctx, "go")
	var refused *proto.Error
	if !errors.As(err, &refused) || refused.Code != proto.NotInRoom || refused.Text == "" {
		t.Errorf("Leave: %v", err)
	}
	_, err = client.Dial(ctx, client.Config{Server: server, Nick: "alice"})
	if !errors.As(err, &refused) || refused.Code != proto.NickTaken {
		t.Errorf("Dial with a nick that is taken: %v", err)
	}
	if _, err := bob.Post(ctx, "go", strings.Repeat("x", 10_000)); !errors.As(err, &refused) || refused.Code != proto.TooLong || refused.Limit == 0 {
		t.Errorf("Post of 10,000 bytes: %v", err)
	}
}

// TestReplaced: two clients of one nick and key do not fight over it.
func TestReplaced(t *testing.T) {
	d := runDaemon(t, "")
	config := client.Config{Server: d.Address, Nick: "alice", Key: "s3cret"}
	first := dial(t, config)
	dial(t, config)
	for range first.Events() {
	}
	if err := first.Err(); !errors.Is(err, client.ErrReplaced) {
		t.Errorf("the first ended with %v", err)
	}
}
