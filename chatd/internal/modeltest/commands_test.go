package modeltest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rows is protocol.md's table of commands.
var rows = map[string]row{
	"WHOAMI":  {run: (*model).whoami},
	"PING":    {text: "may", run: (*model).ping},
	"QUIT":    {text: "may", run: (*model).quit},
	"NICK":    {min: 1, max: 2, run: (*model).rename},
	"ROOMS":   {max: 3, run: (*model).list},
	"CREATE":  {min: 1, max: 1, text: "may", run: (*model).create},
	"JOIN":    {min: 1, max: 3, run: (*model).join},
	"LEAVE":   {max: 1, run: (*model).leave},
	"WHO":     {room: true, run: (*model).who},
	"POST":    {text: "must", room: true, once: true, run: (*model).post},
	"ME":      {text: "must", room: true, once: true, run: (*model).me},
	"PASTE":   {room: true, once: true, run: (*model).beginPaste},
	"TELL":    {min: 1, max: 1, text: "must", run: (*model).tell},
	"TOPIC":   {text: "may", room: true, run: (*model).setTopic},
	"HISTORY": {max: 3, room: true, run: (*model).history},
	"SEARCH":  {text: "must", room: true, run: (*model).search},
	"SET":     {max: 2, run: (*model).set},
	"FORMAT":  {min: 1, max: 1, run: (*model).format},

	"IGNORE":   {max: 1, run: (*model).ignore},
	"UNIGNORE": {min: 1, max: 1, run: (*model).unignore},
}

func ok(format string, args ...any) ([]string, code) {
	return []string{"OK " + fmt.Sprintf(format, args...)}, ""
}

func (m *model) whoami(u *user, _ command) ([]string, code) {
	return ok("WHOAMI %s %s guest", u.nick, u.current().shown())
}

// shown is the room's name, or - where there is none.
func (r *room) shown() string {
	if r == nil {
		return "-"
	}
	return r.name
}

func (m *model) ping(_ *user, c command) ([]string, code) { return ok("PING %s", c.text) }

func (m *model) quit(u *user, _ command) ([]string, code) {
	m.end(u, "quit")
	return ok("QUIT")
}

func (m *model) rename(u *user, c command) ([]string, code) {
	name, key := c.words[0], strings.Join(c.words[1:], "")
	switch {
	case !nickName.MatchString(name) || strings.HasPrefix(fold(name), "guest-"):
		return nil, "bad-name"
	case len(key) > maxKey:
		return nil, "too-long"
	case key != "" && (m.wrongKeys[fold(name)] >= 5 || m.wrongInAll >= 10):
		return nil, "rate-limited"
	}
	for _, other := range without(m.users, u) {
		if fold(other.nick) == fold(name) && key != "" && key == other.key {
			m.end(other, "replaced")
			other.expect(answer, "", "BYE replaced ~")
		} else if skeleton(other.nick) == skeleton(name) {
			m.countKey(name, key, fold(other.nick) == fold(name) && key != "" && other.key != "")
			return nil, "nick-taken"
		}
	}
	m.countKey(name, key, false)
	old := u.nick
	u.nick, u.key = name, key
	for _, r := range u.joined {
		if old != name {
			r.publish(u, true, len(r.members), fmt.Sprintf("RENAMED %s %s %s", r.name, old, name))
		}
	}
	return ok("NICK %s", name)
}

// countKey counts a key that was tried for a nick.
func (m *model) countKey(name, key string, wrong bool) {
	switch {
	case wrong:
		m.wrongKeys[fold(name)]++
		m.wrongInAll++
	case key != "":
		m.wrongKeys[fold(name)] = 0
	}
}

func (m *model) list(_ *user, c command) (lines []string, refused code) {
	words, after := c.words, ""
	if n := len(words); n >= 2 && strings.EqualFold(words[n-2], "AFTER") {
		after, words = words[n-1], words[:n-2]
	}
	prefix := strings.Join(words, " ")
	switch {
	case len(words) > 1:
		return nil, "bad-arguments"
	case prefix != "" && !roomName.MatchString(prefix), after != "" && !roomName.MatchString(after):
		return nil, "bad-name"
	}
	var all []*room
	for name, r := range m.rooms {
		if strings.HasPrefix(name, fold(prefix)) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *room) int {
		byName := cmp.Compare(fold(a.name), fold(b.name))
		if after != "" {
			return byName
		}
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), byName)
	})
	for _, r := range all {
		if after == "" || fold(r.name) > fold(after) {
			lines = append(lines, fmt.Sprintf("ROOM %s %d %s", r.name, len(r.members), r.topic))
		}
	}
	return append(lines, fmt.Sprintf("OK ROOMS %d %d", len(lines), len(all))), ""
}

func (m *model) create(u *user, c command) ([]string, code) {
	name, topic := c.words[0], strings.TrimSpace(c.text)
	switch {
	case !roomName.MatchString(name):
		return nil, "bad-name"
	case len(topic) > maxTopic:
		return nil, "too-long"
	}
	for _, r := range m.rooms {
		if skeleton(r.name) == skeleton(name) {
			return nil, "room-exists"
		}
	}
	m.rooms[fold(name)] = &room{name: name, topic: topic, topicBy: u.nick}
	return ok("CREATE %s", name)
}

func (m *model) join(u *user, c command) ([]string, code) {
	if !roomName.MatchString(c.words[0]) {
		return nil, "bad-name"
	}
	how, n, good := backTo(c.words[1:])
	r := m.rooms[fold(c.words[0])]
	switch {
	case !good:
		return nil, "bad-arguments"
	case r == nil:
		return nil, "no-such-room"
	case how == "AFTER" && n > len(r.posts):
		return nil, "bad-position"
	}
	if !slices.Contains(r.members, u) {
		r.members = append(r.members, u)
		r.publish(u, true, len(r.members), fmt.Sprintf("JOINED %s %s", r.name, u.nick))
	}
	u.joined = append(without(u.joined, r), r)
	return append(r.told(), append(r.backlog(how, n),
		fmt.Sprintf("OK JOIN %s %d %d", r.name, len(r.members), len(r.posts)))...), ""
}

// backTo reads the words behind JOIN room.
func backTo(words []string) (how string, n int, good bool) {
	if len(words) != 2 {
		return "", 0, len(words) == 0
	}
	how = strings.ToUpper(words[0])
	n, good = number(words[1])
	return how, n, good && (how == "AFTER" || how == "LAST" && n <= maxPosts)
}

// backlog returns the posts that JOIN brings back.
func (r *room) backlog(how string, n int) []string {
	switch how {
	case "AFTER":
		return r.past(between(n+1, len(r.posts)))
	case "LAST":
		return r.past(between(max(1, len(r.posts)-n+1), len(r.posts)))
	}
	return nil
}

// between returns from … to.
func between(from, to int) (seqs []int) {
	for seq := from; seq <= to; seq++ {
		seqs = append(seqs, seq)
	}
	return seqs
}

// told returns the line of the topic, where there is one.
func (r *room) told() []string {
	if r.topic == "" {
		return nil
	}
	return []string{fmt.Sprintf("TOPIC %s %s %s", r.name, r.topicBy, r.topic)}
}

func (m *model) leave(u *user, c command) ([]string, code) {
	r := u.current()
	if len(c.words) > 0 {
		if !roomName.MatchString(c.words[0]) {
			return nil, "bad-name"
		}
		r = m.rooms[fold(c.words[0])]
	}
	if r == nil || !slices.Contains(u.joined, r) {
		return nil, "not-in-room"
	}
	r.leave(u, "leave")
	return ok("LEAVE %s %s", r.name, u.current().shown())
}

func (m *model) who(u *user, c command) (lines []string, refused code) {
	r, wrong := m.at(u, c)
	if wrong != "" {
		return nil, wrong
	}
	for _, member := range r.members {
		lines = append(lines, fmt.Sprintf("USER %s %s guest", r.name, member.nick))
	}
	slices.Sort(lines)
	return append(lines, fmt.Sprintf("OK WHO %s %d", r.name, len(lines))), ""
}

func (m *model) post(u *user, c command) ([]string, code) {
	return m.add(u, c, "MSG", []string{c.text})
}

func (m *model) me(u *user, c command) ([]string, code) {
	return m.add(u, c, "ME", []string{c.text})
}

func (m *model) beginPaste(u *user, c command) ([]string, code) {
	r, wrong := m.at(u, c)
	if wrong != "" {
		return nil, wrong
	}
	u.paste = &paste{command: c}
	return []string{fmt.Sprintf("SEND %s ~", r.name)}, ""
}

func (m *model) tell(u *user, c command) ([]string, code) {
	if !nickName.MatchString(c.words[0]) {
		return nil, "bad-name"
	}
	for _, to := range m.users {
		if fold(to.nick) != fold(c.words[0]) {
			continue
		}
		if to.ignored[fold(u.nick)] != "" {
			return nil, "busy-user"
		}
		to.expect(told, "", fmt.Sprintf("TELL %s %s", u.nick, c.text))
		return ok("TELL %s", to.nick)
	}
	return nil, "no-such-user"
}

func (m *model) ignore(u *user, c command) (lines []string, refused code) {
	if len(c.words) == 0 {
		for _, name := range slices.Sorted(maps.Keys(u.ignored)) {
			lines = append(lines, "IGNORED "+u.ignored[name])
		}
		return append(lines, "OK IGNORE"), ""
	}
	nick := c.words[0]
	switch {
	case !nickName.MatchString(nick):
		return nil, "bad-name"
	case fold(nick) == fold(u.nick):
		return nil, "bad-arguments"
	case u.ignored[fold(nick)] == "":
		u.ignored[fold(nick)] = nick
	}
	return ok("IGNORE %s", nick)
}

func (m *model) unignore(u *user, c command) ([]string, code) {
	nick := c.words[0]
	switch {
	case !nickName.MatchString(nick):
		return nil, "bad-name"
	case u.ignored[fold(nick)] == "":
		return nil, "no-such-user"
	}
	delete(u.ignored, fold(nick))
	return ok("UNIGNORE %s", nick)
}

func (m *model) setTopic(u *user, c command) ([]string, code) {
	topic := strings.Trim(c.text, " \t")
	r, wrong := m.at(u, c)
	switch {
	case wrong != "":
		return nil, wrong
	case topic == "":
		return append(r.told(), "OK TOPIC "+r.name), ""
	case len(topic) > maxTopic:
		return nil, "too-long"
	case topic == "-":
		topic = ""
	}
	r.topic, r.topicBy = topic, u.nick
	r.publish(u, false, 0, fmt.Sprintf("TOPIC %s %s %s", r.name, u.nick, topic))
	return ok("TOPIC %s", r.name)
}

func (m *model) set(u *user, c command) ([]string, code) {
	settings := map[string]*bool{"echo": &u.echo, "presence": &u.presence, "talk": &u.talk}
	value := map[bool]string{true: "on", false: "off"}
	if len(c.words) == 0 {
		return []string{"SETTING echo " + value[u.echo], "SETTING presence " + value[u.presence], "SETTING talk " + value[u.talk], "OK SET"}, ""
	}
	on, known := settings[strings.ToLower(c.words[0])]
	word := strings.ToLower(strings.Join(c.words[1:], " "))
	if !known || word != "on" && word != "off" {
		return nil, "bad-arguments"
	}
	*on = word == "on"
	return ok("SET %s %s", strings.ToLower(c.words[0]), word)
}

func (m *model) format(u *user, c command) ([]string, code) {
	format := strings.ToLower(c.words[0])
	if format != "json" && format != "text" {
		return nil, "bad-arguments"
	}
	u.form.json = format == "json"
	return ok("FORMAT %s", format)
}
