package server

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/repeats"
)

// logTo has the server log to a buffer.
func logTo(srv *Server) *bytes.Buffer {
	var log bytes.Buffer
	srv.config.Log = slog.New(slog.NewJSONHandler(&log, nil))
	srv.config.Repeats = repeats.New(srv.config.Log)
	return &log
}

// entries returns what was logged with a message, without the time.
func entries(t *testing.T, log *bytes.Buffer, message string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		entry := map[string]any{}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if delete(entry, "time"); entry["msg"] == message {
			all = append(all, entry)
		}
	}
	return all
}

func check(t *testing.T, got map[string]any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("the log has %s %v, want %v", name, got[name], value)
		}
	}
}

// The end of a session is one line that says who it was, and how much came and went.
func TestEndIsLogged(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		log := logTo(srv)
		registered(t, srv, "alice")
		near, alice := net.Pipe()
		srv.admit(near)
		login := "LOGIN alice " + password + "\n"
		go func() {
			_, _ = io.WriteString(alice, login)
			pass(3 * time.Second)
			_, _ = io.WriteString(alice, "QUIT\n")
		}()
		read, err := io.ReadAll(alice)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ends := entries(t, log, "session ended")
		if len(ends) != 1 {
			t.Fatalf("the log has %s", log)
		}
		check(t, ends[0], map[string]any{
			"level": "INFO", "reason": "quit", "session": 1.0, "nick": "alice", "account": "alice", "peer": "local",
			"lines_in": 2.0, "bytes_in": float64(len(login + "QUIT\n")), "bytes_out": float64(len(read)), "for_ms": 3000.0,
		})
		if strings.Contains(log.String(), password) {
			t.Errorf("a password is in the log: %s", log)
		}
	})
}

// One origin that connects and goes all the time does not fill the log.
func TestEndsAndRefusalsOfOneOriginAreSummedUp(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		log := logTo(srv)
		const count = 35
		come := func() {
			near, far := net.Pipe()
			srv.admit(near)
			_ = far.Close()
			synctest.Wait()
		}
		for range count {
			come()
		}
		srv.config.MaxConnections = 0
		for range count {
			come()
		}
		if n := strings.Count(log.String(), "\n"); n != furtherEnds.Single {
			t.Errorf("the log has %d lines at once: %s", n, log)
		}
		srv.config.Repeats.Close()
		for kind, want := range map[*repeats.Kind]int{furtherEnds: count - furtherEnds.Single, refusals: count} {
			sums := entries(t, log, kind.Summary)
			if len(sums) != 1 {
				t.Fatalf("the log has %s", log)
			}
			check(t, sums[0], map[string]any{"origin": "local uid 0", "count": float64(want), "window_ms": 10000.0})
		}
	})
}

// What an admin does is logged with the uid, and no password is, nor what was given as a key.
func TestAdminsAreLogged(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		log := logTo(srv)
		registered(t, srv, "alice")
		admin := admitAdmin(t, srv)
		admin.do("ACCOUNTS alice", "ACCOUNT alice")
		admin.want("OK ACCOUNTS")
		ask(admin, "PASSWD alice")
		admin.do("a new passphrase", "OK PASSWD alice")
		fingerprint := strings.TrimPrefix(admin.do("KEYS alice ADD "+pubLine, "OK KEYS "), "OK KEYS ")
		admin.do("KEYS alice ADD a private secret", "ERR KEYS bad-key")
		admin.do("KEYS alice REMOVE SHA256:x", "ERR KEYS no-such-key")
		admin.do("END 99", "ERR END no-such-session")
		admin.do("UNREGISTER alice", "OK UNREGISTER alice")
		admin.do("PING", "OK PING")
		synctest.Wait()
		want := []string{"ACCOUNTS alice", "PASSWD alice", "KEYS alice ADD " + fingerprint, "KEYS alice ADD", "KEYS alice REMOVE SHA256:x", "END 99", "UNREGISTER alice"}
		acts := entries(t, log, "admin act")
		if len(acts) != len(want) {
			t.Fatalf("the log has %v", acts)
		}
		for i, act := range acts {
			check(t, act, map[string]any{"uid": 42.0, "command": want[i]})
		}
		check(t, acts[0], map[string]any{"err": nil})
		if err, _ := acts[5]["err"].(string); !strings.Contains(err, "none of your sessions") {
			t.Errorf("the log has err %q", err)
		}
		for _, secret := range []string{"a new passphrase", "a private secret", strings.Fields(pubLine)[1]} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q is in the log: %s", secret, log)
			}
		}
	})
}
