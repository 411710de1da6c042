// Chatd is a chat daemon whose client is on every machine: nc, telnet, or a
// script. protocol.md says how it speaks.
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
	"sync"
	"syscall"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/server"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// How long chatd takes to stop, and how much memory rooms may take.
const (
	stopWithin   = 4 * time.Second
	historyBytes = 256 << 20
	logBytes     = 64 << 20
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. What goes wrong is one line on stderr.
func run(args []string, stdout, stderr io.Writer) int {
	if c := lookUp(args); c != nil {
		return c.carryOut(args[1:], os.Stdin, stdout, stderr)
	}
	o, err := parseOptions(args, os.LookupEnv)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "chatd: %v (chatd --help lists the flags)\n", err)
		return exitUsage
	case o.help:
		fmt.Fprint(stdout, o.usage())
		return exitOK
	case o.version:
		fmt.Fprintln(stdout, version())
		return exitOK
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	d, err := start(o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "chatd: %v\n", err)
		return exitFailed
	}
	return d.untilStopped(signals)
}

// A daemon is chatd running.
type daemon struct {
	options *options
	log     *slog.Logger
	store   history.Store
	hub     *hub.Hub
	server  *server.Server
	failed  chan error // a listener that ended by itself
	serving sync.WaitGroup
}

// start opens what chatd needs and begins to serve.
func start(o *options, stderr io.Writer) (*daemon, error) {
	d := &daemon{options: o, log: o.logger(stderr), failed: make(chan error, maxListeners)}
	motd, err := o.readMOTD()
	if err != nil {
		return nil, err
	}
	listeners, err := listenAll(o.listen)
	if err != nil {
		return nil, err
	}
	if d.store, err = o.openStore(d.log); err != nil {
		closeAll(listeners)
		return nil, err
	}
	d.hub, err = hub.New(context.Background(), d.store, hub.Config{Log: d.log, MaxRooms: o.maxRooms, Presence: o.presence, LogBytes: logBytes})
	if err != nil {
		closeAll(listeners)
		_ = d.store.Close()
		return nil, fmt.Errorf("the rooms in %s: %w (chatd check says what is wrong)", o.data, err)
	}
	d.server = server.New(d.hub, server.Config{
		Log: d.log, MaxLine: o.maxLine, MaxConnections: o.connections(d.log), MaxRooms: o.maxRooms, Rate: o.rate,
	})
	d.server.SetMOTD(motd)
	for _, l := range listeners {
		d.log.Info("listening", "address", l.Addr().String())
		d.serving.Go(func() {
			if err := d.server.Serve(l); !errors.Is(err, server.ErrStopped) {
				d.failed <- err
			}
		})
	}
	return d, nil
}

// openStore opens the store that the flags ask for.
func (o *options) openStore(log *slog.Logger) (history.Store, error) {
	if o.memory {
		return history.NewMemory(historyBytes), nil
	}
	store, err := sqlite.Open(o.data, sqlite.Config{Log: log, MinFree: int64(o.minFree), Retain: sqlite.Retain(o.retain)})
	if err != nil {
		return nil, fmt.Errorf("%w (--data chooses another directory, --memory keeps nothing)", err)
	}
	log.Info("keeping rooms", "data", o.data)
	return store, nil
}

// untilStopped waits for the end, and stops in order: listeners, sessions,
// rooms, the store.
func (d *daemon) untilStopped(signals <-chan os.Signal) int {
	code := exitOK
	for stopping := false; !stopping; {
		select {
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				d.reload()
				continue
			}
			d.log.Info("stopping", "signal", sig.String())
		case err := <-d.failed:
			d.log.Error("stopping: a listener failed", "err", err)
			code = exitFailed
		}
		stopping = true
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		d.log.Error("sessions were cut off, they took too long to end")
		return exitFailed
	}
	d.serving.Wait()
	d.hub.Close()
	if err := d.store.Close(); err != nil {
		d.log.Error("closing the store", "err", err)
		code = exitFailed
	}
	d.log.Info("stopped")
	return code
}

// reload reads again what may have changed.
func (d *daemon) reload() {
	motd, err := d.options.readMOTD()
	if err != nil {
		d.log.Error("the message of the day stays as it was", "err", err)
		return
	}
	d.server.SetMOTD(motd)
	d.log.Info("read again", "motd", d.options.motd)
}

// listenAll listens on every address, or on none.
func listenAll(addresses []string) (all []net.Listener, err error) {
	for _, address := range addresses {
		ls, err := listen(address)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("%w (--listen chooses another address)", err)
		}
		all = append(all, ls...)
	}
	return all, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// listen listens on one address; localhost is both loopbacks, as far as the
// machine has them.
func listen(address string) ([]net.Listener, error) {
	ctx := context.Background()
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != "localhost" {
		l, err := server.Listen(ctx, address)
		return []net.Listener{l}, err
	}
	four, err := server.Listen(ctx, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	if tcp, ok := four.Addr().(*net.TCPAddr); ok {
		port = fmt.Sprint(tcp.Port) // where port is 0 both get the same
	}
	six, err := server.Listen(ctx, net.JoinHostPort("::1", port))
	switch {
	case err == nil:
		return []net.Listener{four, six}, nil
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return []net.Listener{four}, nil
	}
	_ = four.Close()
	return nil, err
}
