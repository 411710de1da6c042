package people

import (
	"maps"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// rename takes another nick. An event tells of it.
func (t *talk) rename(c proto.Command) { t.send(&errand{command: c}) }

func (t *talk) whoami(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		where := "in no room"
		if t.current != "" {
			where = "in " + t.current
		}
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(t.rooms)), func(name string) bool { return name == t.current })
		if len(others) > 0 {
			where += ", and also in " + strings.Join(others, ", ")
		}
		t.info("you are %s (%s), %s", r.OK.Nick, r.OK.Role, where)
	}})
}

func (t *talk) ping(c proto.Command) {
	began := time.Now()
	t.send(&errand{command: c, show: func(client.Reply) {
		t.info("the server answered after %v", time.Since(began).Round(100*time.Microsecond))
	}})
}
