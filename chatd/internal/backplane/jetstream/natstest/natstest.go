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
type Servers []*Server

// A Server is one of them.
type Server struct {
	*server.Server
	options *server.Options
}

// Run starts a cluster of n servers, with the options that change has changed. One server alone
// is no cluster.
func Run(t testing.TB, n int, change ...func(*server.Options)) (all Servers) {
	t.Helper()
	ports := freePorts(t, 2*n)
	for i := range n {
		o := options(t, i)
		o.Port = ports[n+i]
		if n > 1 {
			o.Cluster = server.ClusterOpts{Name: "chat", Host: "127.0.0.1", Port: ports[i]}
			o.Routes = routes(ports[:n])
		}
		for _, f := range change {
			f(o)
		}
		s := &Server{options: o}
		s.Start(t)
		all = append(all, s)
	}
	t.Cleanup(all.Stop)
	for began := time.Now(); n > 1 && !all.agree(); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > startTimeout {
			t.Fatal("the nats-servers have no leader")
		}
	}
	return all
}

// Start starts a server, on the files and the ports that it had.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	var err error
	if s.Server, err = server.NewServer(s.options.Clone()); err != nil {
		t.Fatal(err)
	}
	s.Server.Start()
	if !s.ReadyForConnections(startTimeout) {
		t.Fatal("nats-server takes no connections")
	}
}

// Stop stops a server.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

// Stop stops all servers.
func (all Servers) Stop() {
	for _, s := range all {
		s.Stop()
	}
}

// freePorts returns ports that nobody listens at: servers of a cluster know one another's before
// they start, and have the same ones again.
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
		ServerName: fmt.Sprintf("n%d", i+1), Host: "127.0.0.1", HTTPHost: "127.0.0.1", HTTPPort: -1,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, JetStreamMaxStore: 64 << 20, JetStreamMaxMemory: 64 << 20,
		NoLog: true, NoSigs: true,
	}
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

// Monitors returns the URLs of the servers' monitoring.
func (all Servers) Monitors() (urls []string) {
	for _, s := range all {
		urls = append(urls, "http://"+s.MonitorAddr().String())
	}
	return urls
}
