package ui

import (
	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

func (u *ui) showRooms(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		for _, line := range render.Rooms(r.Rooms()) {
			u.print("  " + line)
		}
		switch {
		case r.OK.All == 0:
			u.infof("there are no rooms; /create makes one")
		case r.OK.Shown < r.OK.All:
			u.infof("%d of %d rooms; /rooms PREFIX narrows the list", r.OK.Shown, r.OK.All)
		}
	}})
}

// whoLine returns the command of /who, which takes a room, as WHO itself does not.
func whoLine(rest string) string {
	if word, more := cutWord(rest); word != "" && more == "" {
		return "IN " + word + " WHO"
	}
	return "WHO" + rest
}

func (u *ui) who(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		u.print(u.view.members(r.OK.Room, r.Members()))
		if here := u.rooms[r.OK.Room]; here != nil {
			u.fetchMembers(here)
		}
	}})
}

func (u *ui) topic(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		switch {
		case c.Text == "":
			u.print(u.view.topic(r.OK.Room, r.Topic()))
		case u.rooms[r.OK.Room] == nil: // else a TopicChange comes
			u.infof("the topic of %s is set", r.OK.Room)
		}
	}})
}
