package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"

	"linechat/chatd/internal/listener"
)

const (
	adminOff  = "off"
	adminFile = "admin.sock" // in the data directory
)

// adminPath returns where admins connect to; "": nowhere.
func (o *options) adminPath() string {
	switch {
	case o.admin == adminOff, o.admin == "" && (o.memory || !listener.HasAdmin):
		return ""
	case o.admin == "":
		return filepath.Join(o.data, adminFile)
	}
	return o.admin
}

// listenAdmin listens for admins, if it is to. The store is open, so that no other chatd
// has the data directory. Where no flag asks for it, chatd does without what it cannot have.
func (d *daemon) listenAdmin() ([]net.Listener, error) {
	path := d.options.adminPath()
	if path == "" {
		return nil, nil
	}
	l, err := listener.Admin(context.Background(), path, listener.Options{Log: d.log})
	switch {
	case err == nil:
		return []net.Listener{l}, nil
	case d.options.admin == "":
		d.log.Warn("admins cannot connect", "socket", path, "err", err)
		return nil, nil
	}
	return nil, fmt.Errorf("--admin: %w", err)
}
