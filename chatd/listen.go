package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"linechat/chatd/internal/listener"
)

// bind binds to all addresses that the flags name. If one fails it closes the others.
func (d *daemon) bind() (all []listener.Socket, err error) {
	if slices.ContainsFunc(d.options.listen, listener.IsTLS) {
		if d.tls, err = listener.LoadTLS(d.options.tlsCert, d.options.tlsKey, d.log); err != nil {
			return nil, fmt.Errorf("%w (chatd cert DIR makes a pair)", err)
		}
	}
	for _, address := range d.options.listen {
		sockets, err := listener.Bind(context.Background(), address)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("%w (--listen chooses another address)", err)
		}
		all = append(all, sockets...)
	}
	if err := d.bindMetrics(); err != nil {
		closeAll(all)
		return nil, err
	}
	return all, nil
}

// listen begins to take connections.
func (d *daemon) listen(sockets []listener.Socket) (all []net.Listener) {
	o := listener.Options{
		Log: d.log, Repeats: d.repeats, Handshakes: &listener.Handshakes{}, TLS: d.tls, SSH: &d.ssh, Proxies: listener.Proxies(d.options.proxies),
		Meter: d.metrics, Gate: &listener.Gate{Origins: d.origins, MaxPerAddress: d.options.origins.sessionsPerAddress, Repeats: d.repeats, Short: d.memory.ShortNow},
	}
	for _, s := range sockets {
		all = append(all, s.Listen(o))
	}
	return all
}

func closeAll[T io.Closer](all []T) {
	for _, c := range all {
		_ = c.Close()
	}
}

// checkTLS returns an error if an address of TLS has no certificate, or a certificate no
// address.
func (o *options) checkTLS() error {
	hasAddress, hasPair := slices.ContainsFunc(o.listen, listener.IsTLS), o.tlsCert != "" && o.tlsKey != ""
	switch {
	case hasAddress && !hasPair:
		return errors.New("--listen tls://… needs --tls-cert FILE and --tls-key FILE; chatd cert DIR makes a pair")
	case !hasAddress && (o.tlsCert != "" || o.tlsKey != ""):
		return errors.New("--tls-cert and --tls-key are for TLS: add --listen tls://host:port")
	}
	return nil
}
