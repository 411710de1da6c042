package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// tlsOptions are the flags for a server tls://host:port, and what they say.
type tlsOptions struct {
	ca, cert, key string // files
	fingerprint   string
	config        *tls.Config
}

// check refuses flags that cannot be used with one another, or with one of the servers.
func (o *tlsOptions) check(servers []string) error {
	plain := slices.IndexFunc(servers, func(server string) bool { return !strings.HasPrefix(server, tlsScheme) })
	for flag, value := range map[string]string{"--tls-ca": o.ca, "--fingerprint": o.fingerprint, "--tls-cert": o.cert, "--tls-key": o.key} {
		if value != "" && plain >= 0 {
			return fmt.Errorf("%s needs a --server tls://host:port, and %s is none", flag, servers[plain])
		}
	}
	switch {
	case o.cert != "" && o.key == "":
		return errors.New("--tls-cert needs --tls-key, the file with the private key of the certificate")
	case o.cert == "" && o.key != "":
		return errors.New("--tls-key needs --tls-cert, the file with the certificate of the key")
	case o.ca != "" && o.fingerprint != "":
		return errors.New("--tls-ca and --fingerprint cannot be used together: a fingerprint trusts one certificate, whoever has signed it")
	}
	return nil
}

// resolve reads the files.
func (o *tlsOptions) resolve() error {
	o.config = &tls.Config{}
	if o.ca != "" {
		authorities, err := os.ReadFile(o.ca)
		if err != nil {
			return fmt.Errorf("--tls-ca: %w", err)
		}
		o.config.RootCAs = x509.NewCertPool()
		if !o.config.RootCAs.AppendCertsFromPEM(authorities) {
			return fmt.Errorf("--tls-ca: there is no certificate in %s", o.ca)
		}
	}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		o.config.Certificates = []tls.Certificate{pair}
	}
	return nil
}
