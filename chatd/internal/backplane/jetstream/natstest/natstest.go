// Package natstest runs nats-servers with JetStream in the process of a test. Only tests import
// it: nats-server is no part of chatd.
package natstest

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTimeout is how long a server, or a cluster, has to be ready.
const startTimeout = 30 * time.Second

// Servers are the nats-servers of a test, which end with it.
type Servers []*server.Server

// Run starts a cluster of n servers, with the options that change has changed. One server alone
// is no cluster.
func Run(t testing.TB, n int, change ...func(*server.Options)) (all Servers) {
	t.Helper()
	ports := freePorts(t, n)
	for i := range n {
		o := options(t, i)
		if n > 1 {
			o.Cluster = server.ClusterOpts{Name: "chat", Host: "127.0.0.1", Port: ports[i]}
			o.Routes = routes(ports)
		}
		for _, f := range change {
			f(o)
		}
		all = append(all, start(t, o))
	}
	for began := time.Now(); n > 1 && !all.agree(); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > startTimeout {
			t.Fatal("the nats-servers have no leader")
		}
	}
	return all
}

// freePorts returns ports that nobody listens at: servers of a cluster know one another's before
// they start.
func freePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // once all are chosen
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func routes(ports []int) (urls []*url.URL) {
	for _, port := range ports {
		urls = append(urls, &url.URL{Scheme: "nats", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))})
	}
	return urls
}

func options(t testing.TB, i int) *server.Options {
	return &server.Options{
		ServerName: fmt.Sprintf("n%d", i+1), Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, JetStreamMaxStore: 64 << 20, JetStreamMaxMemory: 1 << 20,
		NoLog: true, NoSigs: true,
	}
}

func start(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(startTimeout) {
		t.Fatal("nats-server takes no connections")
	}
	return s
}

// agree reports whether the servers have a leader that all of them follow.
func (all Servers) agree() bool {
	leaders := 0
	for _, s := range all {
		if s.JetStreamIsLeader() {
			leaders++
		}
		if !s.JetStreamIsCurrent() || s.NumRoutes() == 0 {
			return false
		}
	}
	return leaders == 1
}

// URLs returns the addresses of the servers.
func (all Servers) URLs() (urls []string) {
	for _, s := range all {
		urls = append(urls, s.ClientURL())
	}
	return urls
}
