package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/listener"
)

// certYears is for how long a certificate of chatd cert holds. Clients know it by its
// fingerprint, which does not go out of date.
const certYears = 10

func certCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "cert DIR [NAME...]",
		Short: "makes a self-signed certificate for TLS",
		Args:  takes(1, 100),

		ValidArgsFunction: completeDir,
		Long: `chatd cert makes DIR/cert.pem and DIR/key.pem: a certificate for the names and
addresses given, or else for this host and localhost, which it signs itself, and
its key. It prints the fingerprint by which clients know it:

    chatd cert /etc/chatd
    chatd --listen tls://:5002 --tls-cert /etc/chatd/cert.pem \
          --tls-key /etc/chatd/key.pem
    chat --server tls://HOST:5002 --fingerprint SHA256:...

It does not overwrite files.`,
		RunE: func(c *cobra.Command, args []string) error {
			p.started = true
			fingerprint, err := makeCert(args[0], args[1:])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", fingerprint)
			return err
		},
	}
}

// completeDir completes the first argument, a directory.
func completeDir(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// makeCert makes a pair in dir and returns the fingerprint of its key.
func makeCert(dir string, names []string) (fingerprint string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificate(rand.Reader, certTemplate(names), certTemplate(names), key.Public(), key)
	if err != nil {
		return "", err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	keyFile := filepath.Join(dir, "key.pem")
	if err := writePEM(keyFile, "PRIVATE KEY", private); err != nil {
		return "", err
	}
	if err := writePEM(filepath.Join(dir, "cert.pem"), "CERTIFICATE", der); err != nil {
		return "", errors.Join(err, os.Remove(keyFile)) // which the certificate that is there does not fit
	}
	return listener.Fingerprint(cert.RawSubjectPublicKeyInfo), nil
}

func certTemplate(names []string) *x509.Certificate {
	if len(names) == 0 {
		names = []string{"localhost", "127.0.0.1", "::1"}
		if host, err := os.Hostname(); err == nil {
			names = append(names, host)
		}
	}
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // fails for no such bound
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(certYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	return t
}

// writePEM writes a new file that only its owner can read.
func writePEM(file, kind string, der []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
}
