package listener

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// passesNoQuestions is keyboard-interactive, with no answers.
var passesNoQuestions = ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })

// An sshServer is a listener with what it accepts.
type sshServer struct {
	net.Listener
	t   *testing.T
	ssh *SSH
}

// serveSSH listens. A key is accepted if its fingerprint is among those for the user.
func serveSSH(t *testing.T, keys map[string]ssh.Signer) *sshServer {
	t.Helper()
	s := &SSH{HostKey: newSigner(t), Accepts: func(_ context.Context, user, fingerprint string) bool {
		key := keys[user]
		return key == nil || ssh.FingerprintSHA256(key.PublicKey()) == fingerprint
	}}
	sockets, err := Bind(t.Context(), "ssh://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &sshServer{sockets[0].Listen(Options{Log: slog.New(slog.DiscardHandler), Handshakes: &Handshakes{}, SSH: s}), t, s}
	t.Cleanup(func() {
		_ = server.Close()
		s.Wait()
	})
	return server
}

// dial connects a client.
func (s *sshServer) dial(user string, methods ...ssh.AuthMethod) (*ssh.Client, error) {
	client, err := ssh.Dial("tcp", s.Addr().String(), &ssh.ClientConfig{User: user, Auth: methods, HostKeyCallback: ssh.FixedHostKey(s.ssh.HostKey.PublicKey())})
	if err == nil {
		s.t.Cleanup(func() { _ = client.Close() })
	}
	return client, err
}

// open begins a session, and returns both ends of it. Its begin is what the client asks for.
func (s *sshServer) open(client *ssh.Client, begin func(*ssh.Session) error) (*ssh.Session, net.Conn) {
	s.t.Helper()
	session, err := client.NewSession()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := begin(session); err != nil {
		s.t.Fatal(err)
	}
	c, err := s.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return session, c
}

// guest connects somebody without a key who begins a session.
func (s *sshServer) guest(begin func(*ssh.Session) error) (*ssh.Session, net.Conn) {
	s.t.Helper()
	client, err := s.dial("alice", passesNoQuestions)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.open(client, begin)
}

func TestWhoConnectsOverSSH(t *testing.T) {
	own, other := newSigner(t), newSigner(t)
	for name, test := range map[string]struct {
		methods []ssh.AuthMethod
		refused bool
		key     ssh.Signer
	}{
		"with the account's key":  {methods: []ssh.AuthMethod{ssh.PublicKeys(own)}, key: own},
		"with another key":        {methods: []ssh.AuthMethod{ssh.PublicKeys(other)}, refused: true},
		"with another key first":  {methods: []ssh.AuthMethod{ssh.PublicKeys(other, own)}, key: own},
		"as a guest after a key":  {methods: []ssh.AuthMethod{ssh.PublicKeys(other), passesNoQuestions}},
		"as a guest":              {methods: []ssh.AuthMethod{passesNoQuestions}},
		"with a password":         {methods: []ssh.AuthMethod{ssh.Password("secret")}, refused: true},
		"with the method none":    {refused: true},
		"with eight keys and own": {methods: []ssh.AuthMethod{ssh.PublicKeys(newSigner(t), newSigner(t), newSigner(t), newSigner(t), newSigner(t), newSigner(t), newSigner(t), newSigner(t), own)}, key: own},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveSSH(t, map[string]ssh.Signer{"alice": own})
			client, err := s.dial("alice", test.methods...)
			if (err != nil) != test.refused {
				t.Fatalf("connecting: %v", err)
			}
			if err != nil {
				return
			}
			_, c := s.open(client, (*ssh.Session).Shell)
			want := Identity{Door: DoorSSH, Encrypted: true, User: "alice"}
			if test.key != nil {
				want.Key = Key{Kind: "ssh", Fingerprint: ssh.FingerprintSHA256(test.key.PublicKey())}
			}
			if got := IdentityOf(c); got != want {
				t.Errorf("it is %+v, not %+v", got, want)
			}
		})
	}
}

// A thief offers a key of which it has the public half only.
type thief struct{ ssh.Signer }

var errCannotSign = errors.New("the private half is somebody else's")

func (thief) Sign(io.Reader, []byte) (*ssh.Signature, error) { return nil, errCannotSign }

func (thief) SignWithAlgorithm(io.Reader, []byte, string) (*ssh.Signature, error) {
	return nil, errCannotSign
}

// offering tries a key as a client does that asks first whether the server would take it.
func offering(key ssh.Signer) ssh.AuthMethod {
	return ssh.PublicKeysCallback(func() ([]ssh.Signer, error) { return []ssh.Signer{thief{key}}, nil })
}

// A key that was offered and accepted, but not proved, is nobody's (CVE-2024-45337).
func TestAKeyThatWasOnlyOfferedIsNoKey(t *testing.T) {
	own := newSigner(t)
	asked := make(chan string, 10)
	s := serveSSH(t, map[string]ssh.Signer{"alice": own})
	accepts := s.ssh.Accepts
	s.ssh.Accepts = func(ctx context.Context, user, fingerprint string) bool {
		asked <- fingerprint
		return accepts(ctx, user, fingerprint)
	}
	if _, err := s.dial("alice", offering(own)); err == nil {
		t.Error("a key that was only offered lets its thief in")
	}
	if got := <-asked; got != ssh.FingerprintSHA256(own.PublicKey()) {
		t.Fatalf("the key that was asked for is %s", got)
	}
	client, err := s.dial("alice", offering(own), passesNoQuestions)
	if err != nil {
		t.Fatal(err)
	}
	_, c := s.open(client, (*ssh.Session).Shell)
	if got := IdentityOf(c).Key; got != (Key{}) {
		t.Errorf("a key that was only offered is taken for %+v", got)
	}
}

func TestOneSessionAndNothingElse(t *testing.T) {
	s := serveSSH(t, nil)
	client, err := s.dial("alice", passesNoQuestions)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(when string) {
		t.Helper()
		for _, kind := range []string{"direct-tcpip", "x11", "auth-agent@openssh.com", "direct-streamlocal@openssh.com"} {
			var err *ssh.OpenChannelError
			if _, _, got := client.OpenChannel(kind, nil); !errors.As(got, &err) || err.Reason != ssh.Prohibited {
				t.Errorf("%s the session, channel %s: %v", when, kind, got)
			}
		}
		if ok, _, err := client.SendRequest("tcpip-forward", true, ssh.Marshal(struct {
			Address string
			Port    uint32
		}{"127.0.0.1", 0})); ok || err != nil {
			t.Errorf("%s the session forwarding is answered %v, %v", when, ok, err)
		}
	}
	refused("before")
	session, _ := s.open(client, func(session *ssh.Session) error {
		if session.Setenv("LANG", "C") == nil || session.RequestSubsystem("sftp") == nil {
			t.Error("environment or a subsystem is accepted")
		}
		return session.Shell()
	})
	refused("after")
	if _, err := client.NewSession(); err == nil {
		t.Error("there is a second session")
	}
	if ok, err := session.SendRequest("auth-agent-req@openssh.com", true, nil); ok || err != nil {
		t.Errorf("an agent is answered %v, %v", ok, err)
	}
}

// Without a terminal the session is a stream, and its end has an exit status.
func TestASessionIsAStream(t *testing.T) {
	s := serveSSH(t, nil)
	var stdin io.WriteCloser
	var stdout io.Reader
	session, c := s.guest(func(session *ssh.Session) error {
		stdin, _ = session.StdinPipe()
		stdout, _ = session.StdoutPipe()
		return session.Shell()
	})
	long := make([]byte, 100_000)
	for i := range long {
		long[i] = 'a' + byte(i%26)
	}
	go func() { // ends when all is read
		_, _ = stdin.Write(long)
		_ = stdin.Close()
	}()
	if got, err := io.ReadAll(c); err != nil || string(got) != string(long) {
		t.Fatalf("%d bytes of %d came, %v", len(got), len(long), err)
	}
	if _, err := io.WriteString(c, "BYE\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if got, err := bufio.NewReader(stdout).ReadString('\n'); got != "BYE\n" || err != nil {
		t.Errorf("the peer reads %q, %v", got, err)
	}
	if err := session.Wait(); err != nil {
		t.Errorf("the session ends with %v", err)
	}
}

func TestReadDeadline(t *testing.T) {
	s := serveSSH(t, nil)
	var stdin io.Writer
	_, c := s.guest(func(session *ssh.Session) error {
		stdin, _ = session.StdinPipe()
		return session.Shell()
	})
	failed := make(chan error)
	go func() { // ends at the deadline
		_, err := c.Read(make([]byte, 10))
		failed <- err
	}()
	_ = c.SetReadDeadline(time.Unix(1, 0))
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read that waits ends with %v", err)
	}
	if _, err := c.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a later read fails with %v", err)
	}
	_ = c.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(stdin, "late")
	b := make([]byte, 10)
	if n, err := io.ReadFull(c, b[:4]); string(b[:n]) != "late" || err != nil {
		t.Errorf("after that %q is read, %v", b[:n], err)
	}
}

// unread begins a session whose peer reads nothing, and has a write wait for it.
func unread(t *testing.T) (c net.Conn, failed chan error) {
	s := serveSSH(t, nil)
	_, c = s.guest(func(session *ssh.Session) error {
		_, _ = session.StdoutPipe()
		return session.Shell()
	})
	failed = make(chan error, 1)
	go func() { // ends with the connection
		for {
			if _, err := c.Write(make([]byte, 1<<20)); err != nil {
				failed <- err
				return
			}
		}
	}()
	return c, failed
}

func TestAWriterWhosePeerReadsNothingTimesOut(t *testing.T) {
	c, failed := unread(t)
	_ = c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it fails with %v", err)
	}
}

// Close and the Close below do not wait for a peer that reads nothing, and end its writer.
func TestClosingDoesNotWaitForAPeerThatReadsNothing(t *testing.T) {
	for name, closing := range map[string]func(net.Conn) error{
		"Close":             net.Conn.Close,
		"NetConn().Close()": func(c net.Conn) error { return c.(interface{ NetConn() net.Conn }).NetConn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c, failed := unread(t)
			if err := closing(c); err != nil {
				t.Error(err)
			}
			<-failed
		})
	}
}

func TestHostKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	made, err := EnsureHostKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := EnsureHostKey(path)
	if err != nil || ssh.FingerprintSHA256(again.PublicKey()) != ssh.FingerprintSHA256(made.PublicKey()) {
		t.Errorf("the second start has another key, %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the key's mode is %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := EnsureHostKey(path); err == nil {
		t.Errorf("%v was made of a file that holds none", key)
	}
}
