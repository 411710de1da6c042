package machine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
)

// written writes posts down, each as its number and how long after the begin of the log it was
// made, and "-" where it has no number.
func written(posts []history.Post) (s string) {
	for _, p := range posts {
		switch {
		case p.Seq == 0:
			s += "- "
		case p.Time.IsZero():
			s += fmt.Sprint(p.Seq, " ")
		default:
			s += fmt.Sprintf("%d@%v ", p.Seq, p.Time.Sub(machinetest.Start))
		}
	}
	return s
}

func TestPostsAreNumbered(t *testing.T) {
	l := newLog(t)
	den, lab := l.makeRoom("den"), l.makeRoom("lab")
	for _, test := range []struct {
		fold string
		n    int
		at   time.Duration
		want string
	}{
		{den, 2, time.Second, "1@1s 2@1s "},
		{lab, 1, 2 * time.Second, "1@2s "},
		{den, 1, 0, "3@1s "}, // the clock was set back
		{lab, 1, 2*time.Second + 1, "2@2.000000001s "},
	} {
		l.now = machinetest.Start.Add(test.at)
		item := l.want(nil, posts(test.fold, test.n))
		if got := written(item.Stored); got != test.want {
			t.Errorf("%d posts in %s at %v are %s, want %s", test.n, test.fold, test.at, got, test.want)
		}
	}
	item := l.want(history.ErrNoRoom, posts("nowhere", 1))
	if _, told := item.Applied(1); len(item.Stored) > 0 || told {
		t.Errorf("posts in no room: %+v", item.Stored)
	}
}

// keyedPosts returns a post with the text of each of pairs of ONCE key and text.
func keyedPosts(fold string, pairs ...string) *backplane.Posts {
	c := posts(fold, len(pairs)/2)
	for i := range c.Posts {
		c.Posts[i].Once, c.Posts[i].Text = pairs[2*i], pairs[2*i+1]
		c.Authors[i] = backplane.Author{Session: uint64(i)}
	}
	return c
}

func TestOnce(t *testing.T) {
	l := newLog(t)
	den, lab := l.makeRoom("den"), l.makeRoom("lab")
	item := l.want(nil, keyedPosts(den, "k", "hello", "k", "hello", "k", "other", "l", "other", "", "plain"))
	c := item.Change.(*backplane.Posts)
	if got, want := written(c.Posts), "1@0s 1 - 2@0s 3@0s "; got != want {
		t.Errorf("they are %s, want %s", got, want)
	}
	if got, want := written(item.Stored), "1@0s 2@0s 3@0s "; got != want {
		t.Errorf("stored are %s, want %s", got, want)
	}
	if want := []error{nil, nil, backplane.ErrOnceMismatch, nil, nil}; !slices.Equal(item.Verdict.Errs, want) {
		t.Errorf("refused are %v, want %v", item.Verdict.Errs, want)
	}
	told, ok := item.Applied(1)
	if c := told.Change.(*backplane.Posts); !ok || len(c.Posts) != 3 || len(c.Authors) != 3 || c.Authors[1].Session != 3 {
		t.Errorf("told are %+v", c)
	}
	item = l.want(nil, keyedPosts(den, "k", "hello"))
	if _, told := item.Applied(1); written(item.Change.(*backplane.Posts).Posts) != "1 " || item.Verdict.Errs != nil || told {
		t.Errorf("a repeat: %+v", item)
	}
	if item = l.want(nil, keyedPosts(lab, "k", "other")); written(item.Stored) != "1@0s " {
		t.Errorf("in another room: %+v", item)
	}
}

func TestOnceKeysAreForgotten(t *testing.T) {
	l := newLog(t)
	den, lab := l.makeRoom("den"), l.makeRoom("lab")
	l.want(nil, keyedPosts(den, "k", "hello"))
	l.want(nil, keyedPosts(lab, "k", "hello"))
	l.want(nil, &backplane.Drop{Fold: den})
	l.makeRoom("den")
	if item := l.want(nil, keyedPosts(den, "k", "other")); written(item.Stored) != "1@0s " {
		t.Errorf("after the room was deleted: %+v", item)
	}
	l.wait(keyorder.MaxAge - time.Second)
	if item := l.want(nil, keyedPosts(lab, "k", "hello")); len(item.Stored) != 0 {
		t.Errorf("just before the key is old: %+v", item)
	}
	l.wait(time.Second)
	if item := l.want(nil, keyedPosts(lab, "k", "hello")); len(item.Stored) != 1 {
		t.Errorf("after that: %+v", item)
	}
}

// When there are too many keys, the oldest of the origin that has most is forgotten.
func TestOnceKeysAreEvicted(t *testing.T) {
	l := newLog(t)
	den := l.makeRoom("den")
	key := func(n int) *backplane.Posts { return keyedPosts(den, fmt.Sprint(n), "hello") }
	l.want(nil, key(-1)) // another origin's
	for n := 0; n < keyorder.MaxKeys; n += 500 {
		c := posts(den, 500)
		for i := range c.Posts {
			c.Posts[i].Once, c.Posts[i].Text, c.Authors[i].Origin = fmt.Sprint(n+i), "hello", 7
		}
		l.want(nil, c)
	}
	for _, n := range []int{-1, 1, 0} { // the last of which has another be forgotten
		if item := l.want(nil, key(n)); (len(item.Stored) == 1) != (n == 0) {
			t.Errorf("key %d is forgotten: %t", n, len(item.Stored) == 1)
		}
	}
}
