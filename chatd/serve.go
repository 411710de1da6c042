package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/memory"
	"linechat/chatd/internal/metrics"
	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/repeats"
	"linechat/chatd/internal/server"
)

const (
	stopTimeout  = 4 * time.Second // for sessions to end; to cut them off and to log may take one more
	historyBytes = 256 << 20       // of posts, with --memory
	logBytes     = 64 << 20        // of all rooms' logs
	cacheBytes   = 8 << 20         // of each reader of the store

	presenceEvery = 5 * time.Second // protocol.md, "Order and what is promised"
)

// serve runs chatd until a signal or a failure stops it.
func serve(o *options, stderr io.Writer) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, append(reloadSignals(), stopSignals()...)...)
	defer signal.Stop(signals)
	keepBrokenPipes()
	queue := newLogQueue(stderr, o.logger(stderr))
	defer queue.Close()
	ctx, cancel := signal.NotifyContext(context.Background(), stopSignals()...)
	defer cancel()
	log := o.logger(queue)
	d, err := start(ctx, o, log)
	if err != nil && ctx.Err() != nil {
		log.Info("stopped by a signal before it served", "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	return d.untilStopped(signals)
}

// A daemon is a chatd that serves.
type daemon struct {
	options       *options
	log           *slog.Logger
	repeats       *repeats.Log
	origins       *origin.Table
	store         store
	changes       backplane.Log
	accounts      *account.Accounts
	hub           *hub.Hub
	server        *server.Server
	tls           *listener.TLS // nil: no address is one of TLS
	metrics       *metrics.Metrics
	metricsServer metricsServer
	memory        *memory.Monitor // nil: there is no limit
	stopping      atomic.Bool
	ssh           listener.SSH
	failed        chan error     // why a listener ended by itself
	serving       sync.WaitGroup // the goroutines of the listeners
}

// start opens what chatd needs and begins to serve. It waits for the other machines of a chat
// until ctx is done.
func start(ctx context.Context, o *options, log *slog.Logger) (*daemon, error) {
	d := &daemon{options: o, log: log, repeats: repeats.New(log), metrics: metrics.New()}
	motd, err := o.readMOTD()
	if err != nil {
		return nil, err
	}
	sockets, err := d.bind() // before there is a data directory: if it fails there is to be none
	if err != nil {
		return nil, err
	}
	admin, err := d.open(ctx, len(sockets))
	if err != nil {
		closeAll(append(sockets, d.metricsServer.sockets...))
		return nil, err
	}
	d.server.SetMOTD(motd)
	d.watchMemory()
	d.serve(append(d.listen(sockets), admin...))
	d.serveMetrics()
	return d, nil
}

// open opens the store and what stands on it, and listens for admins.
func (d *daemon) open(ctx context.Context, sockets int) (admin []net.Listener, err error) {
	d.options.limitMemory(d.log)
	if err = d.openStore(ctx); err != nil {
		return nil, err
	}
	d.accounts = account.New(backplane.Accounts(d.store, d.changes))
	d.accounts.Measure(d.metrics.PasswordHashed)
	d.metrics.Read(d.sources())
	if err = d.openSSH(); err == nil {
		admin, err = d.listenAdmin()
	}
	if err == nil {
		if err = d.openServer(sockets + len(admin)); err != nil {
			err = fmt.Errorf("the rooms and accounts in %s: %w (chatd check says what is wrong)", d.options.data, err)
		}
	}
	if err != nil {
		closeAll(admin)
		_ = d.changes.Close()
		_ = d.store.Close()
		return nil, err
	}
	return admin, nil
}

// serve serves what connects, until stop.
func (d *daemon) serve(listeners []net.Listener) {
	d.failed = make(chan error, len(listeners))
	for _, l := range listeners {
		d.log.Info("listening", "address", l.Addr().String())
		d.serving.Go(func() {
			if err := d.server.Serve(l); !errors.Is(err, server.ErrStopped) {
				d.failed <- err
			}
		})
	}
}

// openServer makes the hub and the server on the store.
func (d *daemon) openServer(listeners int) (err error) {
	o := d.options
	d.hub, err = hub.New(context.Background(), d.store, d.changes, hub.Config{
		Log: d.log, MaxRooms: o.maxRooms, MaxMembers: o.maxMembers, Presence: o.presence, PresenceEvery: presenceEvery, LogBytes: o.part(logBytes, shareOfLogs), Meter: d.metrics,
	})
	if err != nil {
		return err
	}
	if d.origins, err = o.origins.table(o.rate > 0); err != nil {
		return err
	}
	d.server, err = server.New(context.Background(), d.hub, server.Config{
		Log: d.log, Origins: d.origins, Repeats: d.repeats, MaxLine: o.maxLine, MaxConnections: o.connections(d.log, listeners), MaxRooms: o.maxRooms, MaxMembers: o.maxMembers, Rate: o.rate,
		MaxPerAddress: o.origins.sessionsPerAddress, Accounts: d.accounts, Guests: o.guests == "on", Register: o.register == "open", Stats: d.metrics.Stats, Meter: d.metrics, Short: func() bool { return d.memory.Short() },
	})
	if err != nil {
		return err
	}
	return d.hub.Start(d.server)
}

// A store keeps all that chatd keeps.
type store interface {
	history.Store
	account.Store
}

// A memoryStore keeps nothing across a restart.
type memoryStore struct {
	history.Store
	*account.Memory
}

// openStore opens the store that the flags ask for, and the log through which it changes.
func (d *daemon) openStore(ctx context.Context) error {
	o := d.options
	if o.memory {
		d.store = memoryStore{history.NewMemory(int(o.part(historyBytes, shareOfPosts))), &account.Memory{}}
		d.changes = backplane.NewLocal(d.store, d.store)
		return nil
	}
	config := sqlite.Config{Log: d.log, MinFree: int64(o.minFree), MaxStore: int64(o.maxStore), Retain: sqlite.Retain(o.retain), Meter: d.metrics, CacheBytes: o.part(cacheBytes, shareOfReader)}
	if o.cluster.on() {
		return d.openShared(ctx, config)
	}
	store, err := sqlite.Open(o.data, config)
	if err != nil {
		return fmt.Errorf("%w (--data chooses another directory, --memory keeps nothing)", err)
	}
	d.store, d.changes = store, backplane.NewLocal(store, store)
	d.log.Info("keeping rooms", "data", o.data, "max_store_bytes", store.MaxStore())
	return nil
}

// untilStopped waits for a signal or a failure and then stops listeners,
// sessions, rooms and the store, in this order.
func (d *daemon) untilStopped(signals <-chan os.Signal) (failed error) {
	for stopping := false; !stopping; {
		select {
		case sig := <-signals:
			if slices.Contains(reloadSignals(), sig) {
				d.reload()
				continue
			}
			d.log.Info("stopping", "signal", sig.String())
		case err := <-d.failed:
			d.log.Error("stopping: a listener failed", "err", err)
			failed = errReported
		}
		stopping = true
	}
	if err := d.stop(); err != nil {
		failed = err
	}
	return failed
}

// stop ends what the daemon consists of. It logs its errors.
func (d *daemon) stop() (failed error) {
	d.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := d.server.Shutdown(ctx)
	d.repeats.Close()
	switch {
	case errors.Is(err, server.ErrHung):
		d.log.Error("the store does not answer: stopped without closing it", "err", err)
		return errReported
	case err != nil:
		d.log.Error("sessions took too long to end and were cut off")
		failed = errReported
	}
	d.serving.Wait()
	d.ssh.Wait()
	d.metricsServer.close()
	d.memory.Close()
	d.hub.Close()
	if err := errors.Join(d.changes.Close(), d.store.Close()); err != nil {
		d.log.Error("closing the store", "err", err)
		failed = errReported
	}
	d.log.Info("stopped")
	return failed
}

// reload reads the certificate and the message of the day again.
func (d *daemon) reload() {
	if d.tls != nil {
		d.tls.Reload()
	}
	motd, err := d.options.readMOTD()
	if err != nil {
		d.log.Error("the message of the day was not read again", "err", err)
		return
	}
	d.server.SetMOTD(motd)
	d.log.Info("read again", "motd", d.options.motd)
}
