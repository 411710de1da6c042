package people

import (
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// set is /set: what is the client's own, and else the server's.
func (t *talk) set(rest string) {
	words := strings.Fields(strings.ToLower(rest))
	switch {
	case len(words) == 2 && words[0] == "bell" && slices.Contains([]string{bellOff, bellOn, bellAll}, words[1]):
		t.bell.mode = words[1]
	case len(words) == 2 && words[0] == "joins" && (words[1] == "on" || words[1] == "off"):
		t.showJoins = words[1] == "on"
	case len(words) > 0 && words[0] == "bell":
		t.complain("/set bell takes off, on or all")
		return
	case len(words) > 0 && words[0] == "joins":
		t.complain("/set joins takes on or off")
		return
	default:
		t.ask("", "SET "+rest)
		return
	}
	t.info("%s is %s", words[0], words[1])
}

// setServer shows and notes the settings that are the server's.
func (t *talk) setServer(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		if r.OK.Name != "" {
			t.noteSetting(r.OK.Name, r.OK.Value)
			t.info("%s is %s", r.OK.Name, r.OK.Value)
			return
		}
		t.info("bell %s (off; on: for mentions and private lines; all)", t.bell.mode)
		t.info("joins %s (who comes and goes)", onOff(t.showJoins))
		for i := range r.Lines {
			if l := &r.Lines[i]; l.Name != "talk" { // the client's own way of reading lines
				t.noteSetting(l.Name, l.Value)
				t.info("%s %s", l.Name, l.Value)
			}
		}
	}})
}

func (t *talk) noteSetting(name, value string) {
	if name == "echo" {
		t.echoOff = value == "off"
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
