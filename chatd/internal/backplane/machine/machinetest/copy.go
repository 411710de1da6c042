// Package machinetest has what tests of copies of a chat need: a copy in memory, and random
// logs.
package machinetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// A Copy is a machine.Source in memory. The zero value is empty.
type Copy struct {
	values   map[string]string
	rooms    map[string]*room
	accounts account.Table
}

type room struct {
	history.Room
	posts []history.Post
}

var _ machine.Source = (*Copy)(nil)

// Values implements machine.Source.
func (c *Copy) Values(each func(key, value []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(c.values)) {
		if err := each([]byte(k), []byte(c.values[k])); err != nil {
			return err
		}
	}
	return nil
}

// Rooms implements machine.Source.
func (c *Copy) Rooms(each func(history.Room) error) error {
	for _, fold := range slices.Sorted(maps.Keys(c.rooms)) {
		if err := each(c.rooms[fold].Room); err != nil {
			return err
		}
	}
	return nil
}

// Accounts implements machine.Source.
func (c *Copy) Accounts(each func(account.Account) error) error {
	for _, a := range c.accounts.All() {
		a := *a
		a.Keys, a.Ignored = slices.Clone(a.Keys), slices.Clone(a.Ignored)
		if err := each(a); err != nil {
			return err
		}
	}
	return nil
}

// Posts returns the posts of a room, oldest first.
func (c *Copy) Posts(fold string) []history.Post {
	if r := c.rooms[fold]; r != nil {
		return r.posts
	}
	return nil
}

// String writes down all that the copy has. Copies that have the same have the same String.
func (c *Copy) String() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(c.values)) {
		fmt.Fprintf(&b, "%x: %x\n", k, c.values[k])
	}
	for _, fold := range slices.Sorted(maps.Keys(c.rooms)) {
		r := c.rooms[fold]
		fmt.Fprintf(&b, "%+v\n", r.Room)
		for _, p := range r.posts {
			fmt.Fprintf(&b, "\t%+v\n", p)
		}
	}
	for _, a := range c.accounts.All() {
		fmt.Fprintf(&b, "%+v\n", *a)
	}
	return b.String()
}

// Apply stores what came of a record. It fails if that cannot be so.
func (c *Copy) Apply(res machine.Result) error {
	if c.values == nil {
		c.values, c.rooms = map[string]string{}, map[string]*room{}
	}
	for _, kv := range res.Puts {
		if kv.Value == nil {
			delete(c.values, string(kv.Key))
		} else {
			c.values[string(kv.Key)] = string(kv.Value)
		}
	}
	for i := range res.Items {
		if err := c.applyItem(&res, &res.Items[i]); err != nil {
			return fmt.Errorf("record %d, %T: %w", res.Seq, res.Items[i].Change, err)
		}
	}
	return nil
}

func (c *Copy) applyItem(res *machine.Result, item *machine.Item) error {
	if item.Verdict.Err != nil {
		return nil
	}
	switch ch := item.Change.(type) {
	case *backplane.Posts:
		return c.append(ch.Fold, item.Stored)
	case *backplane.Create:
		return c.create(ch.Room)
	case *backplane.SetTopic:
		r := c.rooms[ch.Fold]
		r.Topic, r.TopicBy = ch.Topic, ch.Nick
	case *backplane.Drop:
		return c.drop(ch.Fold)
	case *backplane.DropUnused:
		return c.drop(ch.Fold)
	case *backplane.Import:
		if len(ch.Posts) > 0 {
			return c.append(ch.Room.Name.Fold, item.Stored)
		}
		return c.create(ch.Room)
	default:
		return c.applyAccount(res, ch)
	}
	return nil
}

func (c *Copy) create(r history.Room) error {
	if c.rooms[r.Name.Fold] != nil {
		return history.ErrExists
	}
	c.rooms[r.Name.Fold] = &room{Room: r}
	return nil
}

func (c *Copy) drop(fold string) error {
	if c.rooms[fold] == nil {
		return history.ErrNoRoom
	}
	delete(c.rooms, fold)
	return nil
}

func (c *Copy) append(fold string, posts []history.Post) error {
	r := c.rooms[fold]
	if r == nil {
		return history.ErrNoRoom
	}
	for _, p := range posts {
		if p.Seq != r.Head+1 || p.Time.Before(r.Last) {
			return fmt.Errorf("post %d at %v follows %d at %v", p.Seq, p.Time, r.Head, r.Last)
		}
		r.Head, r.Last = p.Seq, p.Time
		r.posts = append(r.posts, p)
	}
	return nil
}

func (c *Copy) applyAccount(res *machine.Result, ch backplane.Change) error {
	switch ch := ch.(type) {
	case *backplane.CreateAccount:
		a, id := ch.Account, ch.Account.ID
		if err := c.accounts.Create(&a, res.Time); err != nil || a.ID != id {
			return fmt.Errorf("account %d is %d: %w", id, a.ID, err)
		}
	case *backplane.SetPassword:
		return c.accounts.SetPassword(ch.Fold, ch.Hash)
	case *backplane.ReplaceHash:
		return c.accounts.ReplaceHash(ch.Fold, ch.Old, ch.Hash)
	case *backplane.AddKey:
		return c.accounts.AddKey(ch.Fold, ch.Key)
	case *backplane.ProveKey:
		return c.accounts.ProveKey(ch.Fold, ch.Fingerprint)
	case *backplane.RemoveKey:
		return c.accounts.RemoveKey(ch.Fold, ch.Fingerprint)
	case *backplane.Ignore:
		return c.accounts.Ignore(ch.Fold, ch.Nick)
	case *backplane.Unignore:
		return c.accounts.Unignore(ch.Fold, ch.Nick)
	case *backplane.Release:
		return c.accounts.Release(ch.Fold, ch.At)
	}
	return nil
}
