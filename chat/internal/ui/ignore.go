package ui

import (
	"errors"
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
	if own, err := proto.ParseNick(u.session.Nick); err == nil && own.Fold == nick.Fold {
		u.errorf("you cannot ignore yourself")
		return
	}
	u.ignored[nick.Fold] = nick.Shown
	until := ""
	if u.session.Account == "" {
		until = " until chat ends"
	}
	u.infof("%s is ignored%s; /unignore %s undoes that", nick.Shown, until, nick.Shown)
	u.sendIgnore("IGNORE", nick, func(failed bool) {
		if u.ignored[nick.Fold] = nick.Shown; failed {
			delete(u.ignored, nick.Fold)
		}
	})
}

func (u *ui) unignore(rest string) {
	if rest == "" {
		u.errorf("/unignore needs a nick; /ignore lists who is ignored")
		return
	}
	nick, err := proto.ParseNick(rest)
	if err != nil || u.ignored[nick.Fold] == "" {
		u.errorf("%s is not ignored; /ignore lists who is", rest)
		return
	}
	shown := u.ignored[nick.Fold]
	delete(u.ignored, nick.Fold)
	u.infof("%s is no longer ignored", nick.Shown)
	u.sendIgnore("UNIGNORE", nick, func(failed bool) {
		if delete(u.ignored, nick.Fold); failed {
			u.ignored[nick.Fold] = shown
		}
	})
}

// sendIgnore has the server do likewise: it refuses private lines, and keeps the nicks for an
// account. Done notes the outcome, for a list may have come meanwhile. An older server knows
// nothing of it, and need not.
func (u *ui) sendIgnore(verb string, nick proto.Name, done func(failed bool)) {
	c := proto.Command{Verb: verb, Words: []string{nick.Shown}}
	u.send(&request{command: c, show: func(client.Reply) { done(false) }, failed: func(err error) {
		if errors.Is(err, client.UnknownCommand) || errors.Is(err, client.NoSuchUser) {
			return
		}
		done(true)
		u.errorf("%s", explain(c, err))
	}})
}

// fetchIgnored asks whom the account ignores.
func (u *ui) fetchIgnored() {
	u.query(proto.Command{Verb: "IGNORE"}, func(r client.Reply) {
		u.ignored = map[string]string{}
		for i := range r.Lines {
			if nick, err := proto.ParseNick(r.Lines[i].Nick); err == nil {
				u.ignored[nick.Fold] = nick.Shown
			}
		}
	})
}

// ignores reports whether what a nick says is hidden. One's own nick may be among those that
// are ignored: it may have been taken since.
func (u *ui) ignores(shown string) bool {
	if len(u.ignored) == 0 || shown == u.session.Nick {
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
