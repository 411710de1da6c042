package ui

import (
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// changeNick takes another nick. The StateChange is shown, and not the answer.
func (u *ui) changeNick(c proto.Command) { u.send(&request{command: c}) }

func (u *ui) whoami(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		where, current := "in no room", u.route.current
		if current != "" {
			where = "in " + current
		}
		others := slices.DeleteFunc(slices.Sorted(slices.Values(u.session.Rooms)), func(name string) bool { return name == current })
		if len(others) > 0 {
			where += ", and also in " + strings.Join(others, ", ")
		}
		if u.config.Servers {
			where += ", connected to " + u.session.Server
		}
		u.infof("you are %s (%s), %s", r.OK.Nick, r.OK.Role, where)
	}})
}

func (u *ui) ping(c proto.Command) {
	began := time.Now()
	u.send(&request{command: c, show: func(client.Reply) {
		u.infof("the server answered after %v", time.Since(began).Round(100*time.Microsecond))
	}})
}
