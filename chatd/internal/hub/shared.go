package hub

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// say tells other machines, if there are any, where a session is. It does not wait. Rooms call
// it with their mutex held, so that the log has what it is told in the order of the room.
func (h *Hub) say(c backplane.Change) {
	if h.shared {
		h.changes.Submit(c, func(backplane.Verdict) {})
	}
}

// Claim gives a nick to a guest as Users.Claim does, and in the whole chat. It waits for the
// other machines. history.ErrFailed and history.ErrUnknown, too.
func (h *Hub) Claim(b Blocker, u User, name proto.Name, key string) (rival User, err error) {
	had := h.Users.held(u, name)
	rival, err = h.Users.Claim(u, name, key)
	if !h.shared || rival != nil || err != nil {
		return rival, err
	}
	c := &backplane.Nick{Session: u.ID(), Name: name}
	if key != "" {
		c.Key = sha256.Sum256([]byte(key))
	}
	return nil, h.claimOfAll(b, u, name, had, c)
}

// ClaimGuest gives one of the server's own nicks to a guest as Users.Claim does. It does not
// wait: who has lost it to somebody on another machine is told so.
func (h *Hub) ClaimGuest(u User, name proto.Name) error {
	rival, err := h.Users.Claim(u, name, "")
	if rival != nil {
		err = ErrNickTaken
	}
	if h.shared && err == nil {
		c := &backplane.Nick{Session: u.ID(), Name: name, Patient: true}
		h.Users.note(u, c)
		h.repeat(u, c)
	}
	return err
}

// Login makes u a session of an account as Users.Login does, and in the whole chat. It waits for
// the other machines. history.ErrFailed and history.ErrUnknown, too.
func (h *Hub) Login(b Blocker, u User, a *account.Account, proof string, version Version) (rival User, err error) {
	had := h.Users.held(u, a.Name)
	rival, err = h.Users.Login(u, a.Name, proof, version)
	if !h.shared || rival != nil || err != nil {
		return rival, err
	}
	return nil, h.claimOfAll(b, u, a.Name, had, loginOf(u, a, proof))
}

// Registered tells the other machines that a guest has become a session of its new account.
func (h *Hub) Registered(u User, a *account.Account, proof string) {
	if h.shared {
		c := patient(loginOf(u, a, proof))
		h.Users.note(u, c)
		h.repeat(u, c)
	}
}

// PasswordChanged has the other machines told of u, if that comes up again, by the password that
// u has given its account.
func (h *Hub) PasswordChanged(u User, a *account.Account) {
	c, login := h.Users.noted(u).(*backplane.Login)
	if login && c.Account == a.ID && backplane.IsHashProof(c.Proof) {
		h.Users.note(u, patient(loginOf(u, a, "")))
	}
}

// End gives the nick of a session back, which is gone.
func (h *Hub) End(u User, name proto.Name, why string) {
	h.Users.Release(u, name)
	h.Users.forget(u)
	h.say(&backplane.End{Session: u.ID(), Why: why})
}

// loginOf returns the change that has u be a session of an account.
func loginOf(u User, a *account.Account, proof string) *backplane.Login {
	if proof == "" {
		proof = backplane.HashProof(a.Hash)
	}
	return &backplane.Login{Session: u.ID(), Account: a.ID, Name: a.Name, Proof: proof}
}

// claimOfAll has the other machines know of a nick that u has here. If they refuse it, u has
// what it had before.
func (h *Hub) claimOfAll(b Blocker, u User, name proto.Name, had held, c backplane.Change) error {
	block(b)
	epoch := h.epochSaid()
	v := h.do(u, c)
	if v.Err == nil {
		h.otherEnded(v.Replaced, replaced)
	} else if !h.Users.restore(u, name, had) {
		u.LoseNick(name.Fold)
	}
	if errors.Is(v.Err, history.ErrUnknown) || epoch != h.epoch.Load() {
		if had := h.Users.noted(u); had != nil {
			h.repeat(u, had)
		}
	}
	return v.Err
}

// do makes a change of u's nick, and waits. It is noted in the order of the log, for what comes
// after it may change the note.
func (h *Hub) do(u User, c backplane.Change) backplane.Verdict {
	verdict := make(chan backplane.Verdict, 1)
	h.changes.Submit(c, func(v backplane.Verdict) {
		if v.Err == nil {
			h.Users.note(u, patient(c))
		}
		verdict <- v
	})
	return <-verdict
}

// patient returns the change as it is made again for as long as its session has the nick.
func patient(c backplane.Change) backplane.Change {
	switch c := c.(type) {
	case *backplane.Nick:
		again := *c
		again.Patient = true
		return &again
	case *backplane.Login:
		again := *c
		again.Patient = true
		return &again
	}
	return c
}

// foldOf returns the fold of the nick that a change gives.
func foldOf(c backplane.Change) string {
	switch c := c.(type) {
	case *backplane.Nick:
		return c.Name.Fold
	case *backplane.Login:
		return c.Name.Fold
	}
	return ""
}

// repeat makes a change of u's nick that u waits for no more, or has made before.
func (h *Hub) repeat(u User, c backplane.Change) {
	h.changes.Submit(c, func(v backplane.Verdict) {
		if v.Err == nil || errors.Is(v.Err, history.ErrFailed) || errors.Is(v.Err, history.ErrUnknown) {
			return
		}
		if again := h.Users.noted(u); sameLogin(c, again) { // its hash was replaced while the change was under way
			h.repeat(u, again)
			h.sayRooms(func(session uint64) bool { return session == u.ID() })
			return
		}
		u.LoseNick(foldOf(c))
	})
}

// sameLogin reports whether a later change is the login of an earlier one with another proof.
func sameLogin(earlier, later backplane.Change) bool {
	a, ok := earlier.(*backplane.Login)
	b, too := later.(*backplane.Login)
	return ok && too && a.Account == b.Account && a.Proof != b.Proof
}

// sayNicks tells the other machines the nicks of all sessions, in a new epoch. Users stay locked
// meanwhile, so that what comes later of a session, such as its end, is submitted later.
func (h *Hub) sayNicks(epoch uint64) {
	h.Users.mu.Lock()
	defer h.Users.mu.Unlock()
	h.epoch.Store(epoch)
	for u, c := range h.Users.notes {
		h.repeat(u, c)
	}
}

// epochSaid returns the epoch in which the nicks of all sessions were said last.
func (h *Hub) epochSaid() uint64 {
	h.Users.mu.Lock()
	defer h.Users.mu.Unlock()
	return h.epoch.Load()
}

// Fenced implements backplane.Deliverer.
func (d *deliverer) Fenced(epoch uint64) {
	d.sayNicks(epoch)
	d.sayRooms(func(uint64) bool { return true })
}

// sayRooms tells the other machines which rooms some sessions are in.
func (h *Hub) sayRooms(of func(session uint64) bool) {
	h.mu.Lock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.Unlock()
	for _, r := range rooms {
		r.withLock(nil, func(now members) []*Member {
			for _, m := range now.all {
				if of(m.session) {
					h.say(&backplane.Join{Session: m.session, Fold: r.fold})
				}
			}
			return nil
		})
	}
}

// What sessions read of the log's health (protocol.md, "Several machines").
const (
	cutOff     = "this server is cut off from the others of this chat: posts are refused or remain unanswered for now; what is here can be read"
	behind     = "this server is behind the others of this chat: nothing can be posted until it has caught up; what is here can be read"
	unwritable = "this server cannot write to its disk: nothing can be posted here until it can, and others' posts wait; connect to another one meanwhile"
	ceased     = "this server no longer follows the others of this chat, and nothing can be posted here: connect to another one"
	well       = "this server is in touch with the others of this chat again"
)

// HealthChanged implements backplane.Deliverer.
func (d *deliverer) HealthChanged(h backplane.Health) {
	text := well
	switch err := h.Err(); err {
	case backplane.ErrStopped:
		text = ceased
	case backplane.ErrUnwritable:
		text = unwritable
	case backplane.ErrCutOff:
		text = cutOff
	case backplane.ErrBehind:
		text = behind
	}
	if was := d.health.Swap(&text); was != nil && *was == text || was == nil && text == well {
		return
	}
	d.Users.Each(func(u User, _ string) { u.Notice(text) })
}

// Unwell returns what a new session is to know of the log's health, or "".
func (h *Hub) Unwell() string {
	if text := h.health.Load(); text != nil && *text != well {
		return *text
	}
	return ""
}
