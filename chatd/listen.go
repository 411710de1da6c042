package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"linechat/chatd/internal/listener"
)

// listen listens on all addresses that the flags name, and for admins. If one fails it closes the others.
func (d *daemon) listen() (all []net.Listener, err error) {
	o := listener.Options{Log: d.log, Handshakes: &listener.Handshakes{}, SSH: &d.ssh}
	if slices.ContainsFunc(d.options.listen, listener.IsSSH) {
		if err := d.openSSH(); err != nil {
			return nil, fmt.Errorf("the host key of ssh: %w (--ssh-host-key names another)", err)
		}
	}
	if slices.ContainsFunc(d.options.listen, listener.IsTLS) {
		if d.tls, err = listener.LoadTLS(d.options.tlsCert, d.options.tlsKey, d.log); err != nil {
			return nil, fmt.Errorf("%w (chatd cert DIR makes a pair)", err)
		}
		o.TLS = d.tls
	}
	for _, address := range d.options.listen {
		ls, err := listener.Listen(context.Background(), address, o)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("%w (--listen chooses another address)", err)
		}
		all = append(all, ls...)
	}
	admin, err := d.listenAdmin()
	if err != nil {
		closeAll(all)
		return nil, err
	}
	return append(all, admin...), nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
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
