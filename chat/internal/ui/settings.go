package ui

import (
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// set is /set. Bell and joins are chat's own settings, the others the server's.
func (u *ui) set(rest string) {
	words := strings.Fields(strings.ToLower(rest))
	switch {
	case len(words) == 2 && words[0] == "bell" && slices.Contains([]string{bellOff, bellOn, bellAll}, words[1]):
		u.bell.mode = words[1]
	case len(words) == 2 && words[0] == "joins" && (words[1] == "on" || words[1] == "off"):
		u.showJoins = words[1] == "on"
	case len(words) > 0 && words[0] == "bell":
		u.errorf("/set bell takes off, on or all")
		return
	case len(words) > 0 && words[0] == "joins":
		u.errorf("/set joins takes on or off")
		return
	default:
		u.runServerCommand("", "SET "+rest)
		return
	}
	u.infof("%s is %s", words[0], words[1])
}

// setServer changes a setting of the server's, or shows all settings.
func (u *ui) setServer(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		if r.OK.Name != "" {
			u.infof("%s is %s", r.OK.Name, r.OK.Value)
			return
		}
		u.infof("bell %s (off; on: for mentions and private lines; all)", u.bell.mode)
		u.infof("joins %s (who comes and goes)", onOff(u.showJoins))
		for i := range r.Lines {
			if l := &r.Lines[i]; l.Name != "talk" { // which only the client can use
				u.infof("%s %s", l.Name, l.Value)
			}
		}
	}})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
