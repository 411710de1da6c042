package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"linechat/chatd/internal/listener"
)

// metricsOptions are the flags of those who watch chatd.
type metricsOptions struct {
	address string // "": nobody does
	debug   bool
}

func (o *metricsOptions) flags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.address, "metrics", "", "serve metrics for Prometheus, /healthz and /readyz over\nHTTP on `ADDRESS`: host:port or unix:///path")
	fs.BoolVar(&o.debug, "debug", false, "serve profiles of pprof there, too")
	return fs
}

func (o *metricsOptions) check() error {
	switch {
	case o.address == "" && o.debug:
		return errors.New("--debug needs --metrics ADDRESS, where the profiles are served")
	case o.address == "":
		return nil
	}
	err := listener.Check(o.address)
	switch {
	case err != nil && strings.HasPrefix(o.address, "unix://"):
		return fmt.Errorf("--metrics: %w", err)
	case err != nil, listener.IsTLS(o.address), listener.IsSSH(o.address):
		return fmt.Errorf("--metrics: %q is no address for HTTP: use host:port or unix:///path", o.address)
	}
	return nil
}
