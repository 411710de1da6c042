package server

import (
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// Members of a room that an admin drops are told, and are in no current room afterwards, even
// if they are in others: what they type is posted nowhere.
func TestDrop(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		admin := admitAdmin(t, srv)
		alice, bob := member(t, srv, "alice"), member(t, srv, "bob")
		alice.do("CREATE ops", "OK CREATE ops")
		bob.do("JOIN ops", "OK JOIN ops 1 0")
		bob.do("JOIN go", "OK JOIN go")
		bob.do("POST hi", "MSG go 1 bob hi")
		bob.want("OK POST go 1")
		alice.want("MSG go 1 bob hi")
		alice.do("DROP go", "ERR DROP not-allowed")
		admin.do("DROP nowhere", "ERR DROP no-such-room")
		admin.do("DROP Go", "OK DROP go")
		alice.want("LEFT go alice dropped")
		bob.want("LEFT go bob dropped")
		bob.do("WHOAMI", "OK WHOAMI bob - guest")
		bob.do("POST to nobody", "ERR POST not-in-room")
		bob.do("IN ops POST hello", "MSG ops 1 bob hello")
		bob.want("OK POST ops 1")
		bob.do("LEAVE go", "ERR LEAVE not-in-room")
		alice.do("JOIN go", "ERR JOIN no-such-room")
		alice.do("CREATE go", "OK CREATE go")
		alice.do("JOIN go", "OK JOIN go 1 0")
		alice.do("POST again", "MSG go 1 alice again")
	})
}

// In a conversation the end of a room is said in words. In the middle of a PASTE or of a
// password it costs neither.
func TestDropInAConversation(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		admin := admitAdmin(t, srv)
		alice, bob := member(t, srv, "alice"), member(t, srv, "bob")
		alice.do("TALK", "-- ")
		alice.do("/login bob", "-- ") // the password shows
		alice.want("-- type the password")
		bob.do("PASTE\none", "SEND go ")
		synctest.Wait()
		admin.do("DROP go", "OK DROP go")
		alice.want("-- room go was deleted")
		bob.want("LEFT go bob dropped")
		alice.do("not the password", "-- there is no such account")
		alice.do("anybody?", "-- you are in no room, so this was not posted")
		bob.do(".", "ERR PASTE no-such-room")
	})
}

// A session that has not been told yet that its room is gone learns it when it names the room:
// it is a member neither of that one nor of one that has the name now.
func TestDropThatASessionMeetsBeforeItIsTold(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice, bob := member(t, srv, "alice"), member(t, srv, "bob")
		alice.do("POST hi", "MSG go 1 alice hi")
		alice.want("OK POST go 1")
		bob.want("MSG go 1 alice hi")
		_, members, err := srv.hub.Drop(t.Context(), nil, "go")
		if err != nil {
			t.Fatal(err)
		}
		alice.do("CREATE go", "OK CREATE go")
		alice.do("JOIN go", "LEFT go alice dropped")
		alice.want("OK JOIN go 1 0")
		bob.do("IN go POST hello", "LEFT go bob dropped")
		bob.want("OK POST go 1")
		alice.want("MSG go 1 bob hello")
		for _, other := range srv.open() {
			for _, m := range members {
				if m.Session() == other.id {
					_ = other.deliver(message{dropped: m})
				}
			}
		}
		synctest.Wait()
		alice.do("POST bye", "MSG go 2 alice bye")
		alice.want("OK POST go 2")
		bob.do("WHOAMI", "OK WHOAMI bob - guest")
	})
}
