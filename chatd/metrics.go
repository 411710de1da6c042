package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/metrics"
	"linechat/chatd/internal/server"
)

// What those who read the metrics may take.
const (
	maxScrapers   = 16      // connections, at each socket
	scrapeHeader  = 8 << 10 // bytes
	headerTimeout = 10 * time.Second
	scrapeIdle    = 2 * time.Minute        // also the longest profile
	scrapeStop    = 500 * time.Millisecond // at the end
)

// A metricsServer serves the metrics over HTTP. The zero value serves nobody.
type metricsServer struct {
	sockets []listener.Socket
	http    http.Server
	serving sync.WaitGroup
}

// bindMetrics binds to the address of --metrics, if there is one.
func (d *daemon) bindMetrics() (err error) {
	if d.options.metrics.address == "" {
		return nil
	}
	if d.metricsServer.sockets, err = listener.Bind(context.Background(), d.options.metrics.address); err != nil {
		return fmt.Errorf("%w (--metrics chooses another address)", err)
	}
	return nil
}

// serveMetrics serves the metrics until the server is closed, if there is an address for it.
func (d *daemon) serveMetrics() {
	if s := &d.metricsServer; len(s.sockets) > 0 {
		s.serve(d.metrics.Handler(d.ready, d.options.metrics.debug), d.log)
	}
}

// serve answers requests with h until close.
func (m *metricsServer) serve(h http.Handler, log *slog.Logger) {
	m.http = http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, WriteTimeout: scrapeIdle, IdleTimeout: scrapeIdle, MaxHeaderBytes: scrapeHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	for _, s := range m.sockets {
		l := s.Listen(listener.Options{})
		log.Info("serving metrics", "address", l.Addr().String())
		m.serving.Go(func() {
			if err := m.http.Serve(netutil.LimitListener(l, maxScrapers)); !errors.Is(err, http.ErrServerClosed) {
				log.Error("the metrics are served no longer", "err", err)
			}
		})
	}
}

// close ends the serving. Requests that take long are cut off.
func (m *metricsServer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeStop)
	defer cancel()
	if m.http.Shutdown(ctx) != nil {
		_ = m.http.Close()
	}
	m.serving.Wait()
}

// sources says where the metrics come from, once the daemon has started.
func (d *daemon) sources() metrics.Sources {
	s := metrics.Sources{
		Server: func() server.Figures { return d.server.Figures() },
		Hub:    func() hub.Figures { return d.hub.Figures() },
		Accounts: func(ctx context.Context) (int, error) {
			_, all, err := d.accounts.Accounts(ctx, "", "", 0)
			return all, err
		},
		Ready:       d.ready,
		MemoryLimit: func() int64 { return d.memory.Limit() },
	}
	if store, ok := d.store.(*sqlite.Store); ok {
		s.Store = store.Figures
	}
	if log, ok := d.changes.(*sharedLog); ok {
		s.Log = log.Figures
	}
	if d.tls != nil {
		s.NotAfter = d.tls.NotAfter
	}
	return s
}

var errStopping = errors.New("chatd is stopping")

// ready returns why chatd takes no new posts at the moment, or nil.
func (d *daemon) ready() error {
	if d.stopping.Load() {
		return errStopping
	}
	if err := d.changes.Health().Err(); err != nil {
		return err
	}
	if store, ok := d.store.(*sqlite.Store); ok {
		return store.Ready()
	}
	return nil
}
