package machine

import (
	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// posts has all but the numbers and times of posts, which State gives.
func (c *coder) posts(v *backplane.Posts) {
	c.string(&v.Fold)
	list(c, &v.Posts, c.post)
	if !c.writing {
		v.Authors = make([]backplane.Author, len(v.Posts))
	}
	for i := range v.Posts {
		c.uint(&v.Authors[i].Session)
		c.uint(&v.Authors[i].Origin)
	}
}

func (c *coder) post(v *history.Post) {
	me := v.Kind == proto.ME
	c.bool(&me)
	if v.Kind = proto.MSG; me {
		v.Kind = proto.ME
	}
	c.string(&v.Nick)
	c.string(&v.Text)
	c.string(&v.Once)
	c.uint(&v.Account)
}

func (c *coder) create(v *backplane.Create) {
	c.room(&v.Room)
	c.uint(&v.Origin)
}

// room has what a room is made of.
func (c *coder) room(v *history.Room) {
	c.name(&v.Name)
	c.string(&v.Topic)
	c.string(&v.TopicBy)
	c.string(&v.Maker)
	c.uint(&v.Owner.Account)
	c.bool(&v.Owner.Guest)
	c.time(&v.Made)
	c.uint(&v.First)
}

func (c *coder) setTopic(v *backplane.SetTopic) {
	c.uint(&v.Session)
	c.string(&v.Fold)
	c.string(&v.Topic)
	c.string(&v.Nick)
}

func (c *coder) drop(v *backplane.Drop) { c.string(&v.Fold) }

func (c *coder) dropUnused(v *backplane.DropUnused) {
	c.string(&v.Fold)
	c.time(&v.Before)
}

func (c *coder) importRoom(v *backplane.Import) {
	c.room(&v.Room)
	c.time(&v.Room.Last)
	list(c, &v.Posts, func(p *history.Post) {
		c.post(p)
		c.time(&p.Time)
	})
}

// createAccount has all but the ID, which State gives.
func (c *coder) createAccount(v *backplane.CreateAccount) {
	c.name(&v.Account.Name)
	c.string(&v.Account.Hash)
	c.time(&v.Account.Made)
	list(c, &v.Account.Keys, c.key)
	list(c, &v.Account.Ignored, c.name)
	c.uint(&v.Origin)
}

func (c *coder) key(v *account.Key) {
	c.string(&v.Fingerprint)
	c.string(&v.Kind)
	c.string(&v.Comment)
	c.time(&v.Added)
	c.bool(&v.Proved)
}

func (c *coder) setPassword(v *backplane.SetPassword) {
	c.string(&v.Fold)
	c.string(&v.Hash)
}

func (c *coder) replaceHash(v *backplane.ReplaceHash) {
	c.string(&v.Fold)
	c.string(&v.Old)
	c.string(&v.Hash)
}

func (c *coder) addKey(v *backplane.AddKey) {
	c.string(&v.Fold)
	c.key(&v.Key)
}

func (c *coder) proveKey(v *backplane.ProveKey) {
	c.string(&v.Fold)
	c.string(&v.Fingerprint)
}

func (c *coder) removeKey(v *backplane.RemoveKey) {
	c.string(&v.Fold)
	c.string(&v.Fingerprint)
}

func (c *coder) ignore(v *backplane.Ignore) {
	c.string(&v.Fold)
	c.name(&v.Nick)
}

func (c *coder) unignore(v *backplane.Unignore) {
	c.string(&v.Fold)
	c.string(&v.Nick)
}

func (c *coder) release(v *backplane.Release) {
	c.string(&v.Fold)
	c.time(&v.At)
}

func (c *coder) nick(v *backplane.Nick) {
	c.uint(&v.Session)
	c.bool(&v.Patient)
	c.name(&v.Name)
	c.fixed(v.Key[:])
}

func (c *coder) login(v *backplane.Login) {
	c.uint(&v.Session)
	c.uint(&v.Account)
	c.name(&v.Name)
	c.string(&v.Proof)
}

func (c *coder) join(v *backplane.Join) {
	c.uint(&v.Session)
	c.string(&v.Fold)
}

func (c *coder) leave(v *backplane.Leave) {
	c.uint(&v.Session)
	c.string(&v.Fold)
	c.string(&v.Why)
}

func (c *coder) end(v *backplane.End) {
	c.uint(&v.Session)
	c.string(&v.Why)
}

func (c *coder) heartbeat(v *backplane.Heartbeat) {
	c.uint(&v.Applied)
	c.fixed(v.Hash[:])
	c.uint(&v.Synced)
	c.byte(&v.Speaks)
}

func (c *coder) settings(v *backplane.Settings) {
	c.fixed(v.Chat[:])
	c.fixed(v.OriginKey[:])
	c.uint(&v.MaxRooms)
	c.uint(&v.CreatesPerHour)
	c.uint(&v.RegistersPerHour)
}

func (c *coder) setVersion(v *backplane.SetVersion) { c.byte(&v.Version) }

func (c *coder) endEpoch(*backplane.EndEpoch) {}
