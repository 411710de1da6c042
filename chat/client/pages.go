package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// pageSize is the most posts that the server brings back at once (protocol.md,
// "Limits").
const pageSize = 1000

// smallPage is how many posts fit into one answer, however long they are.
const smallPage = 50

// A Range says which posts of a room [Client.History] yields. The zero value:
// all of them.
type Range struct {
	After  uint64        // only posts after this number
	Before uint64        // only posts before this number; 0: no such limit
	Since  time.Duration // only posts not older than this, in whole seconds; 0: of any age
	Last   int           // only the newest so many of these; 0: all
	First  int           // and of them only the oldest so many; 0: all
}

// History yields the posts of a room, or of the current one if room is empty,
// oldest first, each as a [Message] with Replayed set. In place of posts that the
// server no longer keeps it yields a [Gap].
//
// It asks for at most 1,000 posts at a time, when the loop has come to them, and
// holds no more than these in memory. A loop may end at any time. It is no
// snapshot: posts that come after the loop has begun are left out, and those that
// the server deletes meanwhile become a Gap.
//
// A connection that is lost and taken up again does not end the loop. An error
// does, which comes with a nil Event: a refusal, such as [NoSuchRoom], or
// without Since [BadPosition] if the room has not reached After; the cause of ctx's
// end; and Err once the client has ended.
func (c *Client) History(ctx context.Context, room string, r Range) iter.Seq2[Event, error] {
	return flatten(c.historyPages(ctx, room, r))
}

// historyPages yields the pages of History; none is empty.
func (c *Client) historyPages(ctx context.Context, room string, r Range) iter.Seq2[[]Event, error] {
	return func(yield func([]Event, error) bool) {
		room := cmp.Or(room, c.Session().Room) // one room for all pages, whichever is current then
		seen, end, err := c.bounds(ctx, room, r)
		if err != nil {
			yield(nil, err)
			return
		}
		size := uint64(pageSize)
		for left := limit(r.First); seen < end && left > 0; {
			size = min(left, end-seen, size)
			p, err := c.historyPage(ctx, room, size, "AFTER", strconv.FormatUint(seen, 10))
			if errors.Is(err, ErrTooLarge) && size > 1 {
				size /= 2
				continue
			}
			page := p.upTo(end)
			if len(page) == 0 && err == nil || !yield(page, err) {
				return
			}
			left -= min(left, uint64(len(p.Past)))
			seen = lastSeq(page)
		}
	}
}

// bounds returns the number after which the posts of r begin, and the last one.
func (c *Client) bounds(ctx context.Context, room string, r Range) (seen, end uint64, err error) {
	words := []string{"AFTER", strconv.FormatUint(r.After, 10)} // which the server refuses if the room has not reached it
	if r.Since > 0 {
		words = []string{"SINCE", seconds(r.Since)}
	}
	p, err := c.historyPage(ctx, room, 1, words...)
	if seen, end = r.After, p.Head; r.Before > 0 {
		end = min(end, r.Before-1)
	}
	if r.Since > 0 && len(p.Past) == 0 {
		seen = end
	} else if r.Since > 0 {
		seen = max(seen, p.Past[0].Seq-1)
	}
	return max(seen, end-min(end, limit(r.Last))), end, err
}

// historyPage asks once for n posts, at the position that words name.
func (c *Client) historyPage(ctx context.Context, room string, n uint64, words ...string) (Posts, error) {
	words = append([]string{strconv.FormatUint(n, 10)}, words...)
	r, err := c.retry(ctx, proto.Command{Verb: "HISTORY", Room: room, Words: words})
	return r.Posts(), err
}

// upTo returns what there is up to the number end as events, gaps first.
func (p *Posts) upTo(end uint64) (events []Event) {
	for _, gap := range p.Gaps {
		gap.To = min(gap.To, end)
		events = append(events, gap)
	}
	for _, m := range p.Past {
		if m.Seq <= end {
			events = append(events, m)
		}
	}
	return events
}

// JoinLast joins a room as Join does with [Last], but n has no limit, and what
// is brought back is yielded as by History. The client joins before the last of it is
// yielded; if the loop ends early, [Client.Session] tells whether it has joined. The
// posts that come later are events: none is missed, and none comes twice.
func (c *Client) JoinLast(ctx context.Context, room string, n int) iter.Seq2[Event, error] {
	return flatten(func(yield func([]Event, error) bool) {
		replay := Last(n)
		if n > smallPage {
			var seen uint64
			for page, err := range c.historyPages(ctx, room, Range{Last: n}) {
				if !yield(page, err) {
					return
				}
				seen = lastSeq(page)
			}
			replay = After(seen)
		}
		r, err := c.retry(ctx, proto.Command{Verb: "JOIN", Words: []string{room}}, replay)
		p := r.Posts()
		yield(p.upTo(math.MaxUint64), err)
	})
}

// lastSeq returns the number of the last post of a page, also where it has gone.
func lastSeq(page []Event) uint64 {
	if gap, ok := page[len(page)-1].(Gap); ok {
		return gap.To
	}
	return page[len(page)-1].(Message).Seq
}

// A Query says what [Client.Search] finds.
type Query struct {
	// Words are all in a post that is found. "two words" match next to each
	// other, and mig* matches words that begin so (protocol.md, "SEARCH"). A limit:n
	// in them ends the search after n posts.
	Words  string
	From   string        // only posts of this nick; "": of anybody
	After  uint64        // only posts after this number
	Before uint64        // only posts before this number; 0: no such limit
	Since  time.Duration // only posts not older than this, in whole seconds; 0: of any age
	Last   int           // only the newest so many; 0: all
}

// Search yields the posts of a room, or of the current one if room is empty, that
// match q, newest first, each as a [Message] with Replayed set.
//
// It asks for pages as [Client.History] does, and its errors are the same;
// [BadArguments] is a query that the server does not understand. A server that
// stops after the second that it gives to a search is asked to go on from there.
// If it gets no further, the last event is a [Gap] with the Why "time": the posts
// that were not searched.
func (c *Client) Search(ctx context.Context, room string, q Query) iter.Seq2[Event, error] {
	return flatten(func(yield func([]Event, error) bool) {
		room, q := cmp.Or(room, c.Session().Room), q
		size := uint64(pageSize)
		for left := limit(q.Last); left > 0; {
			size = min(left, size)
			found, next, err := c.searchPage(ctx, room, q, size)
			if errors.Is(err, ErrTooLarge) && size > 1 {
				size /= 2
				continue
			}
			if !yield(found, err) || next == 0 {
				return
			}
			q.Before = next
			left -= min(left, uint64(len(found)))
		}
	})
}

// searchPage asks once for the newest n posts, and returns them newest first. Next:
// further ones are before this number; 0: there are none.
func (c *Client) searchPage(ctx context.Context, room string, q Query, n uint64) (found []Event, next uint64, err error) {
	r, err := c.retry(ctx, proto.Command{Verb: "SEARCH", Room: room, Text: q.text(n)})
	p := r.Posts()
	for _, m := range slices.Backward(p.Past) {
		if m.Seq > q.After {
			found, next = append(found, m), m.Seq
		}
	}
	if uint64(len(found)) < n {
		next = 0
	}
	for _, gap := range p.Gaps {
		switch {
		case gap.Why != "time" || gap.To <= q.After:
		case q.Before == 0 || gap.To+1 < q.Before:
			next = gap.To + 1
		default:
			found = append(found, gap)
		}
	}
	return found, next, err
}

// text returns the query as SEARCH has it, with n as the limit.
func (q *Query) text(n uint64) string {
	text := fmt.Sprintf("limit:%d ", n)
	if q.Since > 0 {
		text += "since:" + seconds(q.Since) + " "
	}
	if q.From != "" {
		text += "from:" + q.From + " "
	}
	text += q.Words
	if q.Before > 0 {
		// Last, so that it wins over one in Words. A phrase that Words leave open
		// ends with the quote, which in the middle of a word means nothing.
		text += fmt.Sprintf(` ." before:%d`, q.Before)
	}
	return text
}

// ListRooms yields the rooms whose name begins with prefix; "": all. The 200 that
// have the most members come first, the busiest first, and then the others, by
// name.
//
// It asks for at most 200 rooms at a time, when the loop has come to them. Each room
// comes once, as it was when its page was asked for; one that is created during the
// loop may be missing. Errors are those of [Client.History].
func (c *Client) ListRooms(ctx context.Context, prefix string) iter.Seq2[RoomInfo, error] {
	return flatten(func(yield func([]RoomInfo, error) bool) {
		page, all, err := c.roomsPage(ctx, prefix, "")
		busiest := map[string]bool{}
		for _, room := range page {
			busiest[room.Name] = true
		}
		if !yield(page, err) || uint64(len(page)) >= all {
			return
		}
		page, err = c.zero(ctx, prefix)
		for after := zeroRoom; ; {
			others := slices.DeleteFunc(slices.Clone(page), func(room RoomInfo) bool { return busiest[room.Name] })
			if !yield(others, err) {
				return
			}
			page, _, err = c.roomsPage(ctx, prefix, after)
			switch {
			case len(page) > 0:
				after = page[len(page)-1].Name
			case err == nil:
				return
			}
		}
	})
}

// roomsPage asks once for 200 rooms: the busiest, or by name those after one.
func (c *Client) roomsPage(ctx context.Context, prefix, after string) (page []RoomInfo, all uint64, err error) {
	words := given(prefix)
	if after != "" {
		words = append(words, "AFTER", after)
	}
	r, err := c.retry(ctx, proto.Command{Verb: "ROOMS", Words: words})
	return r.Rooms(), r.OK.All, err
}

// zeroRoom is the first of all names, so ROOMS AFTER a name never lists it.
const zeroRoom = "0"

// zero returns the room of that name, if there is one and prefix does not
// exclude it.
func (c *Client) zero(ctx context.Context, prefix string) ([]RoomInfo, error) {
	if !strings.HasPrefix(zeroRoom, prefix) {
		return nil, nil
	}
	topic, err := c.Topic(ctx, zeroRoom)
	var members []Member
	if err == nil {
		members, err = c.Who(ctx, zeroRoom)
	}
	switch {
	case errors.Is(err, NoSuchRoom):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []RoomInfo{{zeroRoom, uint64(len(members)), topic.Text}}, nil
}

// retry does a command that only asks, again whenever the connection was lost
// before the answer came and is taken up again.
func (c *Client) retry(ctx context.Context, command proto.Command, options ...Option) (Reply, error) {
	for {
		r, err := c.Do(ctx, command, options...)
		if !errors.Is(err, ErrLost) || c.Err() != nil || ctx.Err() != nil {
			return r, err
		}
	}
}

// flatten yields what pages hold, one by one, up to the first error.
func flatten[T any](pages iter.Seq2[[]T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
		}
	}
}

// limit returns how many n allows; 0 or less: any number.
func limit(n int) uint64 {
	if n <= 0 {
		return math.MaxUint64
	}
	return uint64(n)
}

// seconds returns an age as the protocol has it.
func seconds(age time.Duration) string { return fmt.Sprintf("%ds", int64(age/time.Second)) }
