package machine_test

import (
	"fmt"
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
	"linechat/chatd/proto"
)

// A checker checks that what comes of a log is a chat: nothing is lost, doubled or out of
// order, nobody is there twice, and the dead are silent.
type checker struct {
	n     map[uint64]uint64 // of each epoch the last record
	ended map[uint64]bool   // epochs
	texts map[string]bool   // of all posts without a ONCE key, each of which was made once
	keys  map[string]keyed  // by room and ONCE key
}

// keyed is the first post with a ONCE key.
type keyed struct {
	post history.Post
	at   time.Duration // of log time
}

func newChecker() checker {
	return checker{map[uint64]uint64{}, map[uint64]bool{}, map[string]bool{}, map[string]keyed{}}
}

func (c *checker) check(res *machine.Result, s *machine.State) error {
	if !slices.IsSorted(res.Ended) {
		return fmt.Errorf("the epochs that end are not sorted: %v", res.Ended)
	}
	for _, id := range res.Ended {
		c.ended[id] = true
	}
	if res.Outcome != machine.Applied {
		if len(res.Items) > 0 {
			return fmt.Errorf("a record that counts as nothing has %d items", len(res.Items))
		}
		return nil
	}
	if c.ended[res.Epoch] || res.N != c.n[res.Epoch]+1 {
		return fmt.Errorf("record %d of epoch %d follows %d, and it has ended: %t", res.N, res.Epoch, c.n[res.Epoch], c.ended[res.Epoch])
	}
	c.n[res.Epoch]++
	for i := range res.Items {
		if err := c.checkItem(&res.Items[i], s.LogTime()); err != nil {
			return err
		}
		if _, end := res.Items[i].Change.(*backplane.EndEpoch); end {
			c.ended[res.Epoch] = true
		}
	}
	return c.checkPresent(s.Present())
}

func (c *checker) checkItem(item *machine.Item, now time.Duration) error {
	switch ch := item.Change.(type) {
	case *backplane.Posts:
		if item.Verdict.Err != nil {
			return nil
		}
		for i := range ch.Posts {
			var err error
			if item.Verdict.Errs != nil {
				err = item.Verdict.Errs[i]
			}
			if err := c.checkPost(ch.Fold, &ch.Posts[i], err, now); err != nil {
				return err
			}
		}
	case *backplane.Drop:
		if item.Verdict.Err == nil {
			c.forget(ch.Fold)
		}
	}
	return nil
}

// forget forgets the keys of a room that is deleted.
func (c *checker) forget(fold string) {
	for id := range c.keys {
		if id[:len(fold)+1] == fold+" " {
			delete(c.keys, id)
		}
	}
}

// checkPost checks what came of a post.
func (c *checker) checkPost(fold string, p *history.Post, refused error, now time.Duration) error {
	if p.Once == "" {
		if c.texts[p.Text] || refused != nil {
			return fmt.Errorf("%q is there twice, or refused: %v", p.Text, refused)
		}
		c.texts[p.Text] = true
		return nil
	}
	id := fold + " " + p.Once
	first, there := c.keys[id]
	if !there || now-first.at >= keyorder.MaxAge {
		c.keys[id] = keyed{*p, now}
		if refused != nil {
			return fmt.Errorf("the first post with the key %s is refused: %v", id, refused)
		}
		return nil
	}
	same := first.post.Text == p.Text
	if same && (refused != nil || p.Seq != first.post.Seq) || !same && refused != backplane.ErrOnceMismatch {
		return fmt.Errorf("%+v follows %+v with the same key: %v", *p, first.post, refused)
	}
	return nil
}

// checkPresent checks that no two hold one nick but sessions of one account, and that none is
// of an epoch that has ended.
func (c *checker) checkPresent(all []backplane.Applied) error {
	holders := map[string]uint64{} // the account of each name; 0: a guest
	for _, a := range all {
		var name proto.Name
		var account uint64
		switch ch := a.Change.(type) {
		case *backplane.Nick:
			name = ch.Name
		case *backplane.Login:
			name, account = ch.Name, ch.Account
		default:
			continue
		}
		for _, n := range []string{"fold " + name.Fold, "skeleton " + name.Skeleton} {
			if other, held := holders[n]; held && (other == 0 || other != account) {
				return fmt.Errorf("two hold the nick %v", name)
			}
			holders[n] = account
		}
		if c.ended[a.Epoch] {
			return fmt.Errorf("%v is held in epoch %d, which has ended", name, a.Epoch)
		}
	}
	return nil
}
