package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// quick has a lost connection tried again at once.
const quick = 20 * time.Millisecond

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
	if help := must[client.Reply](t)(bob.Do(ctx, proto.Command{Verb: "HELP", Words: []string{"POST"}})); len(help.Lines) != 1 {
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

// A pipe is one client that posts and one that reads, and what they must agree
// on: that each line comes once and in order.
type pipe struct {
	*testing.T
	lines          int
	reader, poster *client.Client
	read           chan int // closed at the end; how many lines were read
}

func newPipe(t *testing.T, lines int, reader, poster client.Config) *pipe {
	p := &pipe{T: t, lines: lines, reader: dial(t, reader), poster: dial(t, poster), read: make(chan int)}
	if err := p.poster.Create(t.Context(), "go", ""); err != nil {
		t.Fatal(err)
	}
	p.join(p.reader)
	return p
}

// join joins, however often the connection is lost on the way.
func (p *pipe) join(c *client.Client) {
	p.Helper()
	for {
		_, err := c.Join(p.Context(), "go")
		if err == nil {
			return
		}
		if !errors.Is(err, client.ErrLost) {
			p.Fatal(err)
		}
	}
}

// post posts all lines, and checks their numbers.
func (p *pipe) post() {
	postings := make(chan *client.Request, p.lines)
	for i := range p.lines {
		posting, err := p.poster.PostAsync(p.Context(), "go", text(i))
		if err != nil {
			p.Error(err)
			break
		}
		postings <- posting
	}
	close(postings)
	want := uint64(0)
	for posting := range postings {
		want++
		if r, err := posting.Wait(p.Context()); r.OK.Seq != want || err != nil {
			p.Errorf("line %d was posted as number %d, %v", want, r.OK.Seq, err)
			return
		}
	}
}

func text(i int) string { return fmt.Sprintf("line %d of many", i) }

// watch reads until every line has come, and checks them.
func (p *pipe) watch() {
	defer close(p.read)
	lost := 0
	for next := 0; next < p.lines; {
		e, ok := <-p.reader.Events()
		if !ok {
			p.Errorf("the reader has ended: %v", p.reader.Err())
			return
		}
		switch e := e.(type) {
		case client.StateChange:
			if e.To.State == client.Lost {
				lost++
			}
		case client.Gap, client.RoomLost, client.RoomReset:
			p.Errorf("%#v", e)
		case client.Message:
			if e.Seq != uint64(next+1) || e.Text != text(next) || e.Nick != "poster" {
				p.Errorf("number %d is %q of %s behind %d", e.Seq, e.Text, e.Nick, next)
				return
			}
			next++
			select {
			case p.read <- next:
			default:
			}
		}
	}
	p.Logf("the reader's connection was lost %d times", lost)
}

// TestRestarts: posts survive restarts and kills of the daemon in their midst,
// none lost, none doubled, each read once and in order.
func TestRestarts(t *testing.T) {
	d := runDaemon(t, "")
	config := func(nick string) client.Config {
		return client.Config{Server: d.Address, Nick: nick}.WithPause(quick)
	}
	const lines = 6000
	p := newPipe(t, lines, config("reader"), config("poster"))
	var clients sync.WaitGroup
	clients.Go(p.post)
	clients.Go(p.watch)
	const restarts = 4
	for i := range restarts {
		for n := range p.read {
			if n >= (i+1)*lines/(restarts+1) {
				break
			}
		}
		if i == 1 {
			if err := d.Stop(time.Minute); err != nil {
				t.Error(err)
			}
		} else {
			d.Kill()
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for range p.read { // to the end
	}
	clients.Wait()
}

// TestCuts: connections that end anywhere, in the middle of any line in either
// direction.
func TestCuts(t *testing.T) {
	d := runDaemon(t, "")
	var cuts atomic.Int64
	config := func(nick string) client.Config {
		random := mathrand.New(mathrand.NewPCG(1, uint64(nick[0])))
		dial := func(ctx context.Context) (net.Conn, error) {
			var plain net.Dialer
			n, err := plain.DialContext(ctx, "tcp", d.Address)
			if err != nil {
				return nil, err
			}
			cuts.Add(1)
			c := &cutConn{Conn: n}
			c.left.Store(3000 + random.Int64N(20_000))
			return c, nil
		}
		return client.Config{Dial: dial, Nick: nick, DialTimeout: time.Minute}.WithPause(quick / 10)
	}
	p := newPipe(t, 5000, config("reader"), config("poster"))
	var clients sync.WaitGroup
	clients.Go(p.post)
	clients.Go(p.watch)
	for range p.read {
	}
	clients.Wait()
	t.Logf("%d connections were made", cuts.Load())
}

// A cutConn ends when so many bytes have gone through it.
type cutConn struct {
	net.Conn
	left atomic.Int64
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return c.count(n, err)
}

func (c *cutConn) Write(b []byte) (int, error) {
	if left := c.left.Load(); left < int64(len(b)) { // only a part of it
		_, _ = c.Conn.Write(b[:max(left, 0)])
		return c.count(len(b), nil)
	}
	n, err := c.Conn.Write(b)
	return c.count(n, err)
}

func (c *cutConn) count(n int, err error) (int, error) {
	if left := c.left.Add(int64(-n)); left < 0 {
		_ = c.Conn.Close()
		return max(n+int(left), 0), net.ErrClosed
	}
	return n, err
}

// TestTLS: a certificate is checked, and one that is not trusted is not tried
// again.
func TestTLS(t *testing.T) {
	certificate, roots := selfSigned(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() { serveTLS(l) })
	defer served.Wait()
	defer l.Close()
	server := "tls://" + l.Addr().String()
	c, err := client.Dial(t.Context(), client.Config{Server: server, TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Session().Nick != "guest-1" {
		t.Errorf("the nick is %s", c.Session().Nick)
	}
	_ = c.Close()
	_, err = client.Dial(t.Context(), client.Config{Server: server, DialTimeout: time.Hour})
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &untrusted) || !errors.Is(err, client.ErrConnect) {
		t.Errorf("without trust: %v", err)
	}
}

// serveTLS is a server that lets its clients go as soon as they are connected.
func serveTLS(l net.Listener) {
	for {
		n, err := l.Accept()
		if err != nil {
			return
		}
		_ = n.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = n.Write([]byte("HELLO chatd/1 guest-1 hi\n"))
		_, _ = n.Read(make([]byte, 100)) // FORMAT
		_, _ = n.Write([]byte(`{"type":"ok","verb":"FORMAT"}` + "\n"))
		_, _ = n.Read(make([]byte, 100)) // QUIT
		_, _ = n.Write([]byte(`{"type":"ok","verb":"QUIT"}` + "\n" + `{"type":"bye","code":"quit"}` + "\n"))
		_ = n.Close()
	}
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	roots := x509.NewCertPool()
	roots.AddCert(must[*x509.Certificate](t)(x509.ParseCertificate(der)))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// TestConfig: what cannot be used is said before anything is tried.
func TestConfig(t *testing.T) {
	for _, config := range []client.Config{
		{}, {Server: "localhost"}, {Server: "localhost:"}, {Server: "unix://"}, {Server: "http://localhost:80"}, {Server: "tls://localhost"},
		{Server: "localhost:5001", Key: "two words"}, {Server: "localhost:5001", Key: "one\nQUIT"},
	} {
		if _, err := client.Dial(t.Context(), config); !errors.Is(err, client.ErrConfig) {
			t.Errorf("%+v: %v", config, err)
		}
	}
	var refused *proto.Error
	if _, err := client.Dial(t.Context(), client.Config{Server: "localhost:5001", Nick: "no blanks"}); !errors.As(err, &refused) || refused.Code != proto.BadName {
		t.Errorf("a bad nick: %v", err)
	}
	if _, err := client.Dial(t.Context(), client.Config{Server: "unix://" + filepath.Join(t.TempDir(), "none"), DialTimeout: -1}); !errors.Is(err, client.ErrConnect) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Dial(ctx, client.Config{Server: "unix:///none", DialTimeout: time.Hour})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrConnect) {
		t.Errorf("given up: %v", err)
	}
}
