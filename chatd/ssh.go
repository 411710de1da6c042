package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/ssh"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/private"
	"linechat/chatd/proto"
)

// hostKeyFile is the name of the host key in the data directory.
const hostKeyFile = "ssh_host_ed25519_key"

// openSSH gets ready what listeners of ssh:// need, if there are any. It is called with the
// store open, whose lock on the data directory keeps two chatds from making a host key each.
func (d *daemon) openSSH() (err error) {
	o, from := d.options, d.options.sshHostKey
	switch {
	case !slices.ContainsFunc(o.listen, listener.IsSSH):
		return nil
	case from != "":
		d.ssh.HostKey, err = listener.ReadHostKey(from)
	case o.memory:
		from = "made for this run: clients will warn of another key after a restart; --ssh-host-key keeps one"
		d.ssh.HostKey, err = listener.NewHostKey()
	default:
		if o.cluster.on() {
			d.log.Warn("each machine shows a host key of its own, and ssh will take a client that moves to another for attacked; give all machines the same --ssh-host-key")
		}
		from = filepath.Join(o.data, hostKeyFile)
		if err = private.File(from, private.Log(d.log)); err == nil {
			d.ssh.HostKey, err = listener.EnsureHostKey(from)
		}
	}
	if err != nil {
		return fmt.Errorf("the host key of ssh: %w (--ssh-host-key names another)", err)
	}
	d.ssh.Accepts = d.acceptsKey
	d.log.Info("ssh host key", "fingerprint", ssh.FingerprintSHA256(d.ssh.HostKey.PublicKey()), "from", from)
	return nil
}

// acceptsKey reports whether the holder of a key may come in under a user name: an account
// has keys of its own, and any other name is a guest's.
func (d *daemon) acceptsKey(ctx context.Context, user, fingerprint string) bool {
	name, err := proto.ParseNick(user)
	if err != nil {
		return true
	}
	a, err := d.accounts.Account(ctx, name.Fold)
	if errors.Is(err, account.ErrNoAccount) {
		return true
	}
	return err == nil && a.Key(fingerprint) != nil
}
