package machinetest

import (
	"fmt"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// The names that there are: some are one name, and some look alike.
var (
	nickNames = names(proto.ParseNick, "alice", "Alice", "a1ice", "Bob", "Ill", "iLL", "carol", "Dave", "eve", "EVE", "frank")
	roomNames = names(proto.ParseRoom, "den", "Den", "go", "g0", "lab")
)

func names(parse func(string) (proto.Name, error), written ...string) (names []proto.Name) {
	for _, s := range written {
		name, err := parse(s)
		if err != nil {
			panic(err)
		}
		names = append(names, name)
	}
	return names
}

func (l *writer) nick() proto.Name        { return nickNames[l.IntN(len(nickNames))] }
func (l *writer) room() proto.Name        { return roomNames[l.IntN(len(roomNames))] }
func (l *writer) session() uint64         { return 1 + l.Uint64N(4) }
func (l *writer) origin() uint64          { return 1 + l.Uint64N(3) }
func (l *writer) pick(s ...string) string { return s[l.IntN(len(s))] }
func (l *writer) hash() string            { return l.pick("one", "other", "") }
func (l *writer) fingerprint() string     { return l.pick("SHA256:1", "SHA256:2", "SHA256:3") }

// ago returns a time at most so long before that of the log.
func (l *writer) ago(d time.Duration) time.Time { return l.now.Add(-time.Duration(l.Int64N(int64(d)))) }

func (l *writer) key() account.Key {
	return account.Key{Fingerprint: l.fingerprint(), Kind: "ssh", Added: l.now, Proved: l.chance(50)}
}

func (l *writer) heartbeat() backplane.Change {
	return &backplane.Heartbeat{Applied: l.state.Applied(), Hash: l.state.Hash(), Speaks: 1 + uint8(l.IntN(2))}
}

// change returns a random change.
func (l *writer) change() backplane.Change {
	switch l.IntN(8) {
	case 0, 1:
		return l.postsChange()
	case 2:
		return l.roomChange()
	case 3:
		return l.accountChange()
	case 4:
		return l.chatChange()
	}
	return l.sessionChange()
}

func (l *writer) postsChange() backplane.Change {
	c := &backplane.Posts{Fold: l.room().Fold}
	for range 1 + l.IntN(4) {
		l.posts++
		p := history.Post{Kind: proto.MSG, Nick: l.nick().Shown, Text: fmt.Sprint("post ", l.posts)}
		if l.chance(40) {
			p.Once, p.Text = l.pick("k", "l", "m"), l.pick("this", "that")
		}
		c.Posts = append(c.Posts, p)
		c.Authors = append(c.Authors, backplane.Author{Session: l.session(), Origin: l.origin()})
	}
	return c
}

func (l *writer) roomChange() backplane.Change {
	r := history.Room{Name: l.room(), Maker: l.nick().Shown, Made: l.now, Owner: history.Owner{Guest: l.chance(50)}}
	switch l.IntN(9) {
	case 0:
		return &backplane.SetTopic{Session: l.session(), Fold: r.Name.Fold, Topic: l.pick("this", "that"), Nick: r.Maker}
	case 1:
		return &backplane.Drop{Fold: r.Name.Fold}
	case 2:
		return &backplane.DropUnused{Fold: r.Name.Fold, Before: l.ago(10 * l.step)}
	case 3:
		if r.First = l.Uint64N(9); r.First > 1 {
			r.Last = l.ago(time.Hour)
		}
		return &backplane.Import{Room: r}
	case 4:
		return &backplane.Import{Room: r, Posts: []history.Post{{Kind: proto.ME, Nick: r.Maker, Text: "was here", Time: l.ago(time.Hour)}}}
	}
	return &backplane.Create{Room: r, Origin: l.origin()}
}

func (l *writer) accountChange() backplane.Change {
	name := nickNames[l.IntN(6)] // and so the others are left for guests
	fold := name.Fold
	switch l.IntN(11) {
	case 0:
		return &backplane.SetPassword{Fold: fold, Hash: l.hash()}
	case 1:
		return &backplane.ReplaceHash{Fold: fold, Old: l.hash(), Hash: l.hash()}
	case 2:
		return &backplane.AddKey{Fold: fold, Key: l.key()}
	case 3:
		return &backplane.ProveKey{Fold: fold, Fingerprint: l.fingerprint()}
	case 4:
		return &backplane.RemoveKey{Fold: fold, Fingerprint: l.fingerprint()}
	case 5:
		return &backplane.Ignore{Fold: fold, Nick: l.nick()}
	case 6:
		return &backplane.Unignore{Fold: fold, Nick: l.nick().Fold}
	case 7, 8:
		return &backplane.Release{Fold: fold, At: l.ago(2 * account.Keep)}
	}
	a := account.Account{Name: name, Hash: l.hash(), Made: l.now, Keys: []account.Key{l.key()}}
	return &backplane.CreateAccount{Account: a, Origin: l.origin()}
}

func (l *writer) sessionChange() backplane.Change {
	switch l.IntN(10) {
	case 0, 1, 2:
		return &backplane.Nick{Session: l.session(), Patient: l.IntN(4) == 0, Name: l.nick(), Key: [32]byte{byte(l.IntN(3))}}
	case 3:
		proof := l.pick(backplane.HashProof("one"), backplane.HashProof("other"), l.fingerprint())
		return &backplane.Login{Session: l.session(), Account: 1 + l.Uint64N(9), Name: l.nick(), Proof: proof}
	case 4:
		return &backplane.Leave{Session: l.session(), Fold: l.room().Fold, Why: "left"}
	case 5:
		return &backplane.End{Session: l.session(), Why: "quit"}
	}
	return &backplane.Join{Session: l.session(), Fold: l.room().Fold}
}

// chatChange returns what machines tell each other. There are settings of two chats, so that
// some are refused, and at most four rooms.
func (l *writer) chatChange() backplane.Change {
	switch l.IntN(4) {
	case 0:
		return &backplane.Settings{Chat: [16]byte{1 + byte(l.IntN(2))}, OriginKey: [32]byte{byte(l.IntN(256))}, Limits: backplane.Limits{MaxRooms: 2 + l.Uint64N(3), CreatesPerHour: l.Uint64N(2), RegistersPerHour: l.Uint64N(2)}}
	case 1:
		return &backplane.SetVersion{Version: machine.Version}
	}
	return l.heartbeat()
}
