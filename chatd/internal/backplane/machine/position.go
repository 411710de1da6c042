package machine

import (
	"crypto/sha256"
	"time"

	"linechat/chatd/internal/backplane"
)

// maxStep is the longest time between two records that log time counts. What is longer is an
// outage, during which nobody could be heard, or a clock that was set.
const maxStep = 3 * time.Second

// A position is how far the log has been applied.
type position struct {
	applied uint64 // position of the last record
	last    int64  // its timestamp, in Unix nanoseconds
	newest  int64  // the highest timestamp so far
	logTime time.Duration
	hash    [sha256.Size]byte
	counts  [Malformed + 1]uint64 // of records, by their outcomes

	keysGiven uint64 // ONCE keys that posts were the first with
}

// advance moves on to the record at seq. Log time advances by the time since the record
// before it, if that is plausible.
func (p *position) advance(seq uint64, ts time.Time) {
	now := ts.UnixNano()
	if step := time.Duration(now - p.last); step > 0 && step <= maxStep {
		p.logTime += step
	}
	p.applied, p.last, p.newest = seq, now, max(p.newest, now)
}

func (c *coder) position(p *position) {
	c.uint(&p.applied)
	c.int(&p.last)
	c.int(&p.newest)
	c.int((*int64)(&p.logTime))
	c.fixed(p.hash[:])
	for i := range p.counts {
		c.uint(&p.counts[i])
	}
	c.uint(&p.keysGiven)
}

// nextHash returns the hash of the log up to the record under way, and of what came of it.
func (p *position) nextHash(record []byte, res *Result) (hash [sha256.Size]byte) {
	h := sha256.New()
	h.Write(encode(nil, func(c *coder) {
		c.fixed(p.hash[:])
		c.uint(&p.applied)
		c.int(&p.last)
		c.result(res)
	}))
	h.Write(record)
	h.Sum(hash[:0])
	return hash
}

// result is what came of a record, as the hash has it: it is written only.
func (c *coder) result(res *Result) {
	c.byte((*byte)(&res.Outcome))
	list(c, &res.Ended, c.uint)
	for i := range res.Items {
		c.verdict(&res.Items[i])
	}
}

func (c *coder) verdict(item *Item) {
	code := codeOf(item.Verdict.Err)
	c.byte(&code)
	for _, err := range item.Verdict.Errs {
		code := codeOf(err)
		c.byte(&code)
	}
	posts := item.Stored
	if c, ok := item.Change.(*backplane.Posts); ok {
		posts = c.Posts // and so the numbers of repeats
	}
	for i := range posts {
		c.uint(&posts[i].Seq)
		c.time(&posts[i].Time)
	}
	var account uint64
	if a := item.Verdict.Account; a != nil {
		account = a.ID
	}
	c.uint(&account)
	list(c, &item.Replaced, c.sessionID)
}

func (c *coder) sessionID(id *backplane.SessionID) {
	c.uint(&id.Epoch)
	c.uint(&id.Session)
}
