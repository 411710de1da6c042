package ui

import (
	"maps"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

func (u *ui) ignore(rest string) {
	if rest == "" {
		if len(u.ignored) == 0 {
			u.infof("nobody is ignored")
			return
		}
		u.infof("ignored: %s", strings.Join(slices.Sorted(maps.Values(u.ignored)), " "))
		return
	}
	nick, err := proto.ParseNick(rest)
	if err != nil {
		u.errorf("%s", explain(proto.Command{}, err))
		return
	}
	u.ignored[nick.Fold] = nick.Shown
	u.infof("%s is ignored until chat ends; /unignore %s undoes that", nick.Shown, nick.Shown)
}

func (u *ui) unignore(rest string) {
	nick, err := proto.ParseNick(rest)
	if err != nil || u.ignored[nick.Fold] == "" {
		u.errorf("%s is not ignored; /ignore lists who is", rest)
		return
	}
	delete(u.ignored, nick.Fold)
	u.infof("%s is no longer ignored", nick.Shown)
}

// ignores reports whether what a nick says is hidden.
func (u *ui) ignores(shown string) bool {
	if len(u.ignored) == 0 {
		return false
	}
	nick, err := proto.ParseNick(shown)
	return err == nil && u.ignored[nick.Fold] != ""
}

// withoutIgnored removes the posts of nicks that are ignored.
func (u *ui) withoutIgnored(posts client.Posts) client.Posts {
	posts.Past = slices.DeleteFunc(posts.Past, func(m client.Message) bool { return u.ignores(m.Nick) })
	return posts
}
