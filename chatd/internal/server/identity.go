package server

import (
	"errors"
	"fmt"
	"net"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// identity returns what the listener knows of the peer. It is asked for rather than kept:
// an idle session is to be small.
func (s *session) identity() listener.Identity { return listener.IdentityOf(s.conn.Conn) }

// identified reports whether the store has to be asked who the peer is.
func identified(id listener.Identity) bool { return id.Key.Fingerprint != "" }

// takeFirstNick gives the session the nick that its peer's key proves, or else as a guest
// the nick that it wants, or else one of the server's own. It returns what to tell a peer
// that has not got what it wanted, or "".
func (s *session) takeFirstNick() (notice string) {
	id := s.identity()
	if id.Door == listener.DoorAdmin {
		s.setRole(proto.Admin)
	}
	wanted, err := proto.ParseNick(id.User)
	if id.User != "" && err != nil {
		notice = "your user name is no nick: NICK chooses one, or LOGIN name if you have an account"
	}
	if identified(id) {
		if failed := s.loginByKey(id, wanted); failed == nil {
			return ""
		} else if !errors.Is(failed, account.ErrNoAccount) {
			s.server.config.Log.Warn("a login by key failed", "peer", s.peer(), "err", failed)
			notice = "your key could not be checked now; LOGIN with a password, or connect again in a moment"
		}
	}
	if wanted.Fold != "" && !wanted.Guest() && notice == "" {
		if s.claimFree(wanted) {
			return ""
		}
		notice = fmt.Sprintf("the nick %s is not free; LOGIN %s if it is your account, or choose another with NICK", wanted.Shown, wanted.Shown)
	}
	s.claimGuest()
	return notice
}

// claimFree gives the session a nick if it is free and not reserved, and reports whether it
// has it.
func (s *session) claimFree(name proto.Name) bool {
	if name.Reserved() {
		return false
	}
	rival, err := s.server.hub.Claim(s, s, name, "")
	if rival != nil || err != nil {
		return false
	}
	s.nick = name
	return true
}

// loginByKey logs in to the account of the key that the peer has proved.
// account.ErrNoAccount.
func (s *session) loginByKey(id listener.Identity, wanted proto.Name) error {
	for fold := wanted.Fold; ; {
		version := s.server.hub.Users.Version(fold)
		a, err := s.accountOf(id, wanted)
		if err != nil {
			return err
		}
		if a.Name.Fold == fold {
			err := s.enterAccount(a, id.Key.Fingerprint, version)
			if err == nil {
				s.proveKey(a, id.Key.Fingerprint)
			}
			if !errors.Is(err, hub.ErrOutdated) {
				return err
			}
		}
		fold = a.Name.Fold // the version is to be older than what was read
		if err := s.ctx.Err(); err != nil {
			return err
		}
	}
}

// accountOf returns the account that the peer's key logs in to: over ssh that of the user
// name, if it has the key, else the one that has proved it. account.ErrNoAccount.
func (s *session) accountOf(id listener.Identity, wanted proto.Name) (account.Account, error) {
	if id.Door != listener.DoorSSH {
		return s.server.config.Accounts.AccountOfKey(s.ctx, id.Key.Fingerprint)
	}
	a, err := s.server.config.Accounts.Account(s.ctx, wanted.Fold)
	if err == nil && a.Key(id.Key.Fingerprint) == nil {
		err = account.ErrNoAccount
	}
	return a, err
}

// proveKey marks the key that has logged in as proved, unless another account has proved it.
// The login counts without it, too: the next one tries again.
func (s *session) proveKey(a account.Account, fingerprint string) {
	if a.Key(fingerprint).Proved {
		return
	}
	if err := s.server.config.Accounts.ProveKey(s.ctx, a.Name.Fold, fingerprint); err != nil && !account.Refused(err) {
		s.server.config.Log.Warn("a key could not be marked as proved", "nick", a.Name.Shown, "err", err)
	}
}

// claimGuest gives the session a guest's nick in place of its own.
func (s *session) claimGuest() {
	for {
		name := guestName()
		if s.server.hub.ClaimGuest(s, name) == nil {
			s.become(name, 0)
			return
		}
	}
}

// loseNick makes the session a guest, because its nick, which had that fold, is its own no more.
func (s *session) loseNick(fold string) {
	if s.nick.Fold != fold {
		return // it has another one since
	}
	lost, account := s.nick.Shown, s.account
	s.claimGuest()
	for _, m := range s.rooms.joined {
		m.SayAgain() // who has no nick is nowhere
	}
	if account != 0 {
		s.out.Notice(fmt.Sprintf("you are logged out: the account %s was changed at another server of this chat; you are %s, and LOGIN %[1]s takes it back", lost, s.nick.Shown))
		return
	}
	s.out.Notice(fmt.Sprintf("%s is another's nick now, who came by another server of this chat; you are %s", lost, s.nick.Shown))
}

// become makes the session a guest of that name, or with an id a session of that account,
// which its rooms are told. Only then is the old nick free for others, whom no room is to
// announce while it has that nick.
func (s *session) become(name proto.Name, id uint64) {
	old, wasAccount := s.nick, s.account
	s.nick, s.account = name, id
	s.pay()
	switch {
	case s.role == proto.Admin:
	case id == 0:
		s.setRole(proto.Guest)
	default:
		s.setRole(proto.Account)
	}
	s.tellRooms(s.roomNick())
	if old != name {
		s.server.hub.Users.Release(s, old)
	}
	switch {
	case id == wasAccount:
	case id != 0:
		s.shareIgnored()
	default:
		s.ignored.Store(nil)
	}
}

func (s *session) setRole(role proto.Role) {
	s.role = role
	s.shownRole.Store(uint32(role))
}

// tellRooms tells the session's rooms its nick.
func (s *session) tellRooms(nick hub.Nick) {
	s.blockForRooms()
	for _, m := range s.rooms.joined {
		m.Rename(s, nick)
	}
}

// roomNick is what rooms know the session by.
func (s *session) roomNick() hub.Nick {
	return hub.Nick{Shown: s.nick.Shown, Account: s.account != 0}
}

// secure reports whether a password may pass: nobody can read the connection on its way.
func (s *session) secure() bool {
	if s.identity().Encrypted {
		return true
	}
	tcp, remote := s.conn.RemoteAddr().(*net.TCPAddr)
	return !remote || tcp.IP.IsLoopback() && !s.identity().Proxied
}

// address returns the origin of the session's address, which pays while it is a guest.
func (s *session) address() origin.Key { return listener.OriginOf(s.conn.Conn) }

// pay has the session's account pay from now on, or as a guest its address.
func (s *session) pay() {
	key := s.address().With(s.account)
	if old := s.payer; old.Key() != key {
		s.payer, s.originSum = s.server.config.Origins.Acquire(key), 0
		old.Release()
	}
}

// origin returns whom the session's posts and rooms are counted for, as a number.
func (s *session) origin() uint64 {
	if s.originSum == 0 {
		s.originSum = s.payer.Key().Sum(s.server.secret[:])
	}
	return s.originSum
}

// paying returns origin, or 0 where limits are lifted for it.
func (s *session) paying() uint64 {
	if s.payer.Exempt() {
		return 0
	}
	return s.origin()
}
