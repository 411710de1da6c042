package listener

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// ReadHostKey reads a private key in OpenSSH's or another PEM format.
func ReadHostKey(path string) (ssh.Signer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("%s has a passphrase, which nobody can type for a server; ssh-keygen -p removes it", path)
	case err != nil:
		return nil, fmt.Errorf("%s is no private key: %w", path, err)
	}
	return key, nil
}

// NewHostKey returns a new Ed25519 key.
func NewHostKey() (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(key)
}

// EnsureHostKey reads the key in a file, and makes an Ed25519 key where there is no file,
// readable for its owner alone. Nobody else is to do so at the same time.
func EnsureHostKey(path string) (ssh.Signer, error) {
	key, err := ReadHostKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "chatd")
	if err != nil {
		return nil, err
	}
	if err := writeWhole(path, pem.EncodeToMemory(block)); err != nil {
		return nil, err
	}
	return ReadHostKey(path)
}

// writeWhole writes a file of mode 0600 that is there whole or not at all.
func writeWhole(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
