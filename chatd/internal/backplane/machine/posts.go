package machine

import (
	"slices"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// post numbers posts. One that repeats a ONCE key has the number of the first with it, and
// what is refused has none; neither has a time.
func (s *State) post(c *backplane.Posts, item *Item) {
	r, err := s.room(c.Fold)
	if err != nil {
		item.Verdict.Err = err
		return
	}
	stored := 0
	for i := range c.Posts {
		p := &c.Posts[i]
		earlier, err := s.earlier(r, p)
		switch {
		case err != nil:
			refuse(&item.Verdict, len(c.Posts), i, err)
		case earlier != nil:
			p.Seq = earlier.seq
		default:
			r.number(p, s.last)
			s.remember(r, p, c.Authors[i].Origin)
			stored++
		}
	}
	if item.Stored = c.Posts; stored < len(c.Posts) {
		item.Stored = slices.DeleteFunc(slices.Clone(c.Posts), func(p history.Post) bool { return !isNew(&p) })
	}
}

// isNew reports whether post has numbered a post as a new one.
func isNew(p *history.Post) bool { return !p.Time.IsZero() }

// refuse notes that one of n posts is refused.
func refuse(v *backplane.Verdict, n, which int, err error) {
	if v.Errs == nil {
		v.Errs = make([]error, n)
	}
	v.Errs[which] = err
}
