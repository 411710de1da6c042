package listener

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

// maxAuthTries is how many keys and methods a client may try: an agent may hold many keys.
const maxAuthTries = 20

// SSH is what listeners of ssh:// need. Its fields have no defaults.
type SSH struct {
	HostKey ssh.Signer // such as ReadHostKey returns
	// Accepts reports whether the holder of a key may come in under a user name.
	Accepts func(ctx context.Context, user, fingerprint string) bool

	sessions sync.WaitGroup
}

// Wait waits until no connection is left that a listener has accepted. Each ends within
// 500 ms after its Close.
func (s *SSH) Wait() { s.sessions.Wait() }

// fingerprintOf is the extension of the Permissions that has the fingerprint of the key.
const fingerprintOf = "fingerprint"

var (
	errKeyRefused     = errors.New("this is not a key of the account of that name")
	errNoCertificates = errors.New("certificates are no keys here")
)

// config returns how to authenticate. Who it is stands in the Permissions of the method
// that succeeded in the end, and nowhere else: a client may offer a key that is not its own
// (CVE-2024-45337). The method none is refused, for a client that passes with it offers no
// key; whoever has no key that fits passes with keyboard-interactive and no questions.
func (s *SSH) config(ctx context.Context) *ssh.ServerConfig {
	return &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-chatd",
		MaxAuthTries:  maxAuthTries,
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if _, isCertificate := key.(*ssh.Certificate); isCertificate {
				return nil, errNoCertificates
			}
			fingerprint := ssh.FingerprintSHA256(key)
			if !s.Accepts(ctx, c.User(), fingerprint) {
				return nil, errKeyRefused
			}
			return &ssh.Permissions{Extensions: map[string]string{fingerprintOf: fingerprint}}, nil
		},
		KeyboardInteractiveCallback: func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			return &ssh.Permissions{}, nil
		},
	}
}

// A shownKey is the host key of one connection, which calls a function at the first
// signature: the client then shows its fingerprint.
type shownKey struct {
	ssh.MultiAlgorithmSigner
	once  sync.Once
	shown func()
}

// Sign implements ssh.Signer.
func (k *shownKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	k.once.Do(k.shown)
	return k.MultiAlgorithmSigner.Sign(rand, data)
}

// SignWithAlgorithm implements ssh.AlgorithmSigner.
func (k *shownKey) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	k.once.Do(k.shown)
	return k.MultiAlgorithmSigner.SignWithAlgorithm(rand, data, algorithm)
}

// shake authenticates a client and waits for it to ask for a session.
//
// From the first signature on a client asks its user: to compare the host key's fingerprint,
// and for the passphrase of a key.
func (s *SSH) shake(ctx context.Context, raw net.Conn) (net.Conn, error) {
	config := s.config(ctx)
	config.AddHostKey(&shownKey{
		MultiAlgorithmSigner: s.HostKey.(ssh.MultiAlgorithmSigner), // as all of x/crypto's are
		shown:                func() { raw.(*handshakeConn).allow(personTimeout) },
	})
	// Whatever else comes first would be passed over, such as the header of a proxy.
	server, channels, requests, err := ssh.NewServerConn(&sniffer{Conn: raw, first: 'S'}, config)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", err)
	}
	o := opening{server: server, channels: channels, requests: requests}
	if err := o.run(); err != nil {
		_ = raw.Close()
		return nil, err
	}
	c := newSSHConn(raw, &o)
	s.sessions.Go(c.attend) // ends when raw is closed
	return c, nil
}

// identityOfSSH returns what is known of a client when it has been authenticated.
func identityOfSSH(server *ssh.ServerConn) Identity {
	id := Identity{Door: DoorSSH, Encrypted: true, User: server.User()}
	if fingerprint := server.Permissions.Extensions[fingerprintOf]; fingerprint != "" {
		id.Key = Key{Kind: "ssh", Fingerprint: fingerprint}
	}
	return id
}
