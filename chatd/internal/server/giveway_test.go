package server

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// A silent guest gives way to a newcomer, the longest silent one first, and nobody else does.
func TestSilentGuestsGiveWay(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "carol", hisKeys...)
		admin := admitAdmin(t, srv)
		account, _, _ := admitKnown(t, srv, sshAs("carol", sshKey), nil)
		speaker := connect(t, srv)
		speaker.do("PING", "OK PING")
		first := connect(t, srv)
		first.send("") // an empty line says nothing
		pass(maxSilence / 2)
		second := connect(t, srv)
		srv.config.MaxConnections = 5
		pass(maxSilence/2 - 1)
		refused(t, srv) // the first could still speak for a moment
		pass(1)
		third := connect(t, srv)
		first.want("BYE too-many ")
		refused(t, srv)
		pass(maxSilence / 2)
		connect(t, srv).do("PING", "OK PING")
		second.want("BYE too-many ")
		third.do("PING", "OK PING")
		pass(2 * maxSilence)
		refused(t, srv) // there is nobody left who has said nothing
		for _, p := range []*peer{admin, account, speaker, third} {
			p.do("PING", "OK PING")
		}
	})
}

// refused connects, and is told that there are too many.
func refused(t *testing.T, srv *Server) {
	t.Helper()
	near, far := net.Pipe()
	srv.admit(near)
	if line, _ := bufio.NewReader(far).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many ") {
		t.Errorf("a newcomer reads %q", line)
	}
	_ = far.Close()
	synctest.Wait()
}

// Guests that give way and do not end at once take no more descriptors than refusals may.
func TestGivingWayIsBounded(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.MaxConnections = 2 * MaxRefusals
		for range srv.config.MaxConnections {
			connect(t, srv)
		}
		pass(maxSilence)
		for range MaxRefusals {
			connect(t, srv) // and none of those that give way reads its BYE
		}
		near, far := net.Pipe()
		srv.admit(near)
		if got, err := io.ReadAll(far); len(got) > 0 || err != nil { // a pipe takes no BYE at once
			t.Errorf("a newcomer reads %q, %v", got, err)
		}
		if n := len(srv.open()); n != srv.config.MaxConnections+MaxRefusals {
			t.Errorf("there are %d sessions", n)
		}
		pass(maxSilence / 2) // they have been cut off
		connect(t, srv)
		if n := srv.refusals.Load(); n != 1 {
			t.Errorf("%d are said to be ending", n)
		}
	})
}
