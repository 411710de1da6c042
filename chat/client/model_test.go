package client_test

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"testing"
	"testing/synctest"

	"linechat/chat/client"
	"linechat/chatd/servertest"
)

// TestCreateRoomModel: posts to rooms that are created on the way, over connections
// that end anywhere, are each stored once and in order, unless the room was refused.
func TestCreateRoomModel(t *testing.T) {
	cuts, created, refused := 0, 0, 0
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			m := newModel(t, seed)
			m.post()
			m.check()
			cuts, created, refused = cuts+m.cuts, created+m.created, refused+m.refused
		})
	}
	t.Logf("%d connections ended, %d rooms were created, %d posts were refused", cuts, created, refused)
	if cuts < 200 || created < 100 || refused < 100 {
		t.Errorf("%d connections ended, %d rooms were created, %d posts were refused: too few to say something", cuts, created, refused)
	}
}

// A model is a server, a client whose connections end after some bytes, and what
// has become of its posts.
type model struct {
	*testing.T
	random *mathrand.Rand
	server *servertest.Server
	client *client.Client
	stored map[string][]string // the texts of each room's posts, by their number

	cuts, created, refused int
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{T: t, random: mathrand.New(mathrand.NewPCG(seed, 1)), stored: map[string][]string{}}
	m.server = servertest.New(servertest.Config{Rate: 100_000}) // which limits CREATE
	t.Cleanup(m.server.Close)
	m.client = dial(t, client.Config{Nick: "poster", Dial: m.dial})
	return m
}

// dial connects for a while, later on for a longer one: what is sent again at once may
// take more than all of a short connection. The client dials in one goroutine.
func (m *model) dial(ctx context.Context) (net.Conn, error) {
	n, err := m.server.Dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &cutConn{Conn: n}
	c.left.Store(500 + m.random.Int64N(12_000+200*int64(m.cuts)))
	m.cuts++
	return c, nil
}

// post posts to more rooms than CREATE is allowed at once.
func (m *model) post() {
	random := mathrand.New(mathrand.NewPCG(m.random.Uint64(), 2))
	sent := make([]*client.Request, 150)
	for i := range sent {
		room := fmt.Sprintf("room-%c", 'a'+rune(random.IntN(14)))
		r, err := m.client.PostAsync(m.Context(), room, fmt.Sprint("line ", i), client.CreateRoom)
		if err != nil {
			m.Fatal(err)
		}
		if sent[i] = r; random.IntN(10) == 0 {
			synctest.Wait()
		}
	}
	for _, r := range sent {
		reply, err := r.Wait(m.Context())
		room, text := r.Command().Room, r.Command().Text
		switch {
		case errors.Is(err, client.RateLimited), errors.Is(err, client.RoomExists): // too many CREATEs; room-l looks like room-i
			m.refused++
		case err != nil:
			m.Errorf("%s to %s: %v", text, room, err)
		case reply.OK.Seq != uint64(len(m.stored[room])+1):
			m.Errorf("%s to %s is number %d after %d others", text, room, reply.OK.Seq, len(m.stored[room]))
		default:
			m.stored[room] = append(m.stored[room], text)
		}
		if reply.Created {
			m.created++
		}
	}
}

// check asks the server what it has stored.
func (m *model) check() {
	for room, texts := range m.stored {
		seq := 0
		for e, err := range m.client.History(m.Context(), room, client.Range{}) {
			if err != nil {
				m.Fatalf("history of %s: %v", room, err)
			}
			if seq++; seq > len(texts) || e.(client.Message).Text != texts[seq-1] {
				m.Fatalf("number %d of %s is %+v, want the posts %q", seq, room, e, texts)
			}
		}
		if seq != len(texts) {
			m.Errorf("%s has %d posts, want %q", room, seq, texts)
		}
	}
}
