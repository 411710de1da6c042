package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A hungStore has reads wait for as long as whoever reads wants to.
type hungStore struct{ *history.Memory }

func (h hungStore) Room(ctx context.Context, fold string) (history.Room, error) {
	if fold == "hung" {
		<-ctx.Done()
		return history.Room{}, ctx.Err()
	}
	return h.Memory.Room(ctx, fold)
}

func (hungStore) Rooms(ctx context.Context, _, _ string, limit int) ([]history.Room, int, error) {
	if limit == 0 { // the hub counts the rooms when it begins
		return nil, 0, nil
	}
	<-ctx.Done()
	return nil, 0, ctx.Err()
}

func (hungStore) Page(ctx context.Context, _ string, _, _ uint64, _ int) (history.Page, error) {
	<-ctx.Done()
	return history.Page{}, ctx.Err()
}

func (hungStore) Search(ctx context.Context, _ string, _ history.Query) (history.Hits, error) {
	<-ctx.Done()
	return history.Hits{}, ctx.Err()
}

func hung() hungStore { return hungStore{memory()} }

// A stop answers the command that waits with its own code, whatever it waits for,
// and carries out none behind it (protocol.md, "How a connection ends").
func TestStopAnswersTheCommandThatWaits(t *testing.T) {
	for _, line := range []string{
		"JOIN hung", "JOIN go AFTER 0", "ROOMS", "IN hung WHO", "HISTORY", "SEARCH hi",
		"IN hung POST hi", "IN hung ME waits", "IN hung TOPIC hi", "PASTE",
	} {
		t.Run(line, func(t *testing.T) {
			bubble(t, hung, func(t *testing.T, srv *Server, _ hungStore) {
				alice := member(t, srv, "alice")
				alice.do("POST hi", "MSG go 1")
				alice.want("OK POST go 1")
				verb := verbOf(line)
				if verb == "PASTE" {
					alice.do(line, "SEND go")
				} else {
					alice.send(line + "\nPOST too late")
				}
				synctest.Wait()
				stopped := make(chan error, 1)
				go func() { stopped <- srv.Shutdown(context.Background()) }()
				alice.want("ERR " + verb + " stopping ")
				alice.want("BYE shutdown")
				if err := <-stopped; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func verbOf(line string) string { return proto.VerbOf([]byte(line), proto.Commands) }

// So is a command that waits for posts before it, which are finished.
func TestStopAnswersTheCommandThatWaitsForPosts(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		alice := member(t, srv, "alice")
		alice.send("POST one\nHISTORY\nPING")
		answer := <-store.appends
		stopped := make(chan error, 1)
		go func() { stopped <- srv.Shutdown(context.Background()) }()
		synctest.Wait()
		answer(nil)
		for _, want := range []string{"MSG go 1 alice one", "OK POST go 1", "ERR HISTORY stopping ", "BYE shutdown"} {
			alice.want(want)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// Of posts under way at a stop those are stored that are answered OK, and no others:
// neither those for which their room had no place yet nor those not yet looked at.
func TestStopStoresWhatItAcknowledges(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		const posters, posts = 6, conn.MaxPosts
		var peers []*peer
		for i := range posters {
			p := member(t, srv, fmt.Sprint("poster", i))
			p.do("SET echo off", "OK SET")
			peers = append(peers, p)
		}
		for _, p := range peers {
			go func() { _, _ = p.Write([]byte(strings.Repeat("POST hi\n", posts))) }()
		}
		synctest.Wait()
		go func() { _ = srv.Shutdown(context.Background()) }()
		synctest.Wait()
		go func() {
			for answer := range store.appends {
				answer(nil)
			}
		}()
		counts := make(chan [2]uint64)
		for _, p := range peers {
			go func() { counts <- p.countUntilBye() }()
		}
		var stored, stopping uint64
		for range peers {
			n := <-counts
			stored, stopping = stored+n[0], stopping+n[1]
		}
		close(store.appends)
		row, err := store.Room(context.Background(), "go")
		if err != nil || row.Head != stored {
			t.Errorf("%d posts are stored, %v, and %d were acknowledged", row.Head, err, stored)
		}
		if stopping == 0 || stored+stopping >= posters*posts {
			t.Errorf("%d posts were stored and %d refused: the test is too small", stored, stopping)
		}
	})
}

// A stop cuts off a session that takes too long, and has ended it when it returns.
func TestStopWaitsForSessionsThatItCutsOff(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		connect(t, srv) // and does not read its BYE
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := srv.Shutdown(ctx); err != context.Canceled {
			t.Errorf("shutting down: %v", err)
		}
		if n := len(srv.open()); n > 0 {
			t.Errorf("%d sessions have not ended", n)
		}
	})
}

// A stop does not wait for a store that hangs.
func TestStopLeavesWhoWaitsForAStoreThatHangs(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		alice := member(t, srv, "alice")
		alice.send("POST hi")
		answer := <-store.appends
		defer answer(nil)
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != ErrHung {
			t.Errorf("shutting down: %v", err)
		}
		if took := time.Since(start); took != time.Second+cutOffTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

// countUntilBye reads up to BYE shutdown, and counts the posts that were answered OK
// and those that were refused because of the stop.
func (p *peer) countUntilBye() (n [2]uint64) {
	for {
		switch line := p.want(""); {
		case strings.HasPrefix(line, "OK POST go "):
			n[0]++
		case strings.HasPrefix(line, "ERR POST stopping "):
			n[1]++
		case strings.HasPrefix(line, "BYE shutdown"):
			return n
		case !strings.HasPrefix(line, "MSG go "):
			p.t.Errorf("unexpected line %q", line)
			return n
		}
	}
}
