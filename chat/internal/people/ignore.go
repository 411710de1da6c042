package people

import (
	"maps"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// ignore is /ignore.
func (t *talk) ignore(rest string) {
	if rest == "" {
		if len(t.ignored) == 0 {
			t.info("nobody is ignored")
			return
		}
		t.info("ignored: %s", strings.Join(slices.Sorted(maps.Values(t.ignored)), " "))
		return
	}
	nick, err := proto.ParseNick(rest)
	if err != nil {
		t.complain("%s", whyNot(&errand{}, err))
		return
	}
	t.ignored[nick.Fold] = nick.Shown
	t.info("%s is ignored until chat ends; /unignore %s undoes that", nick.Shown, nick.Shown)
}

// unignore is /unignore.
func (t *talk) unignore(rest string) {
	nick, err := proto.ParseNick(rest)
	if err != nil || t.ignored[nick.Fold] == "" {
		t.complain("%s is not ignored; /ignore lists who is", rest)
		return
	}
	delete(t.ignored, nick.Fold)
	t.info("%s is no longer ignored", nick.Shown)
}

// ignores reports whether what a nick says is hidden.
func (t *talk) ignores(shown string) bool {
	if len(t.ignored) == 0 {
		return false
	}
	nick, err := proto.ParseNick(shown)
	return err == nil && t.ignored[nick.Fold] != ""
}

// withoutIgnored leaves out the posts of those who are ignored.
func (t *talk) withoutIgnored(posts client.Posts) client.Posts {
	posts.Past = slices.DeleteFunc(posts.Past, func(l proto.Line) bool { return t.ignores(l.Nick) })
	return posts
}
