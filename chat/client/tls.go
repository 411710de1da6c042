package client

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
)

const fingerprintPrefix = "SHA256:"

// FingerprintOf returns the fingerprint of a certificate's public key, as
// [Config.Fingerprint] takes it and "chatd cert" prints it: SHA256: and, in base64
// without padding, the SHA-256 of its SubjectPublicKeyInfo.
func FingerprintOf(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return fingerprintPrefix + base64.RawStdEncoding.EncodeToString(sum[:])
}

// trusting returns config, or, for a fingerprint, one that trusts the certificate with
// that and no other. ErrConfig: FingerprintOf cannot return it.
func trusting(config *tls.Config, fingerprint string) (*tls.Config, error) {
	if fingerprint == "" {
		return config, nil
	}
	sum, found := strings.CutPrefix(fingerprint, fingerprintPrefix)
	if b, err := base64.RawStdEncoding.Strict().DecodeString(sum); !found || err != nil || len(b) != sha256.Size {
		return nil, fmt.Errorf("%w: the fingerprint %q is not SHA256: and 43 characters of base64", ErrConfig, fingerprint)
	}
	if config = config.Clone(); config == nil {
		config = &tls.Config{}
	}
	config.InsecureSkipVerify, config.VerifyPeerCertificate = true, nil // VerifyConnection does it
	config.VerifyConnection = func(s tls.ConnectionState) error {
		if got := FingerprintOf(s.PeerCertificates[0]); got != fingerprint {
			return fmt.Errorf("%w: the server's fingerprint is %s, not %s", ErrFingerprint, got, fingerprint)
		}
		return nil
	}
	return config, nil
}
