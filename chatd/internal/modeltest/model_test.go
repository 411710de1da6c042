package modeltest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A model is what protocol.md says of a server: fed the lines of the clients,
// one after the other, it has every user expect the lines that must come.
type model struct {
	rooms map[string]*room // by fold
	users []*user          // who is connected
	once  map[string]use   // by the room's fold and the key

	wrongKeys  map[string]int // tried in a row, by the nick's fold: all users have one address
	wrongInAll int
}

type room struct {
	name, topic, topicBy string
	posts                []post // number n is posts[n-1]
	members              []*user
}

type post struct {
	kind, nick string // MSG or ME
	lines      []string
}

// A use is what a ONCE key was used for.
type use struct {
	post string
	seq  int
}

// A user is one connection.
type user struct {
	nick, key            string
	joined               []*room // the current one last
	echo, presence, talk bool
	ignored              map[string]string // nicks, by their folds
	paste                *paste
	gone                 bool // BYE is expected, and the connection's end
	due                  []due
	form                 form
}

type paste struct {
	command
	refused bool // the lines up to the single . are passed over
	failed  code // said at the single .
	lines   []string
}

func newModel() *model {
	return &model{rooms: map[string]*room{}, once: map[string]use{}, wrongKeys: map[string]int{}}
}

// GoString is how rapid shows a user.
func (u *user) GoString() string { return u.nick }

func (m *model) connect() *user {
	u := &user{echo: true, presence: true, ignored: map[string]string{}}
	m.users = append(m.users, u)
	return u
}

// restart ends all users, and nothing that is stored.
func (m *model) restart() {
	for _, r := range m.rooms {
		r.members = nil
	}
	m.users = nil
	m.wrongKeys, m.wrongInAll = map[string]int{}, 0
}

// line carries out one line of u's, without its end.
func (m *model) line(u *user, line string, end string) {
	if u.gone {
		return
	}
	u.form.cr = u.form.cr || end == "\r\n"
	if u.paste != nil {
		m.pasteLine(u, line)
		return
	}
	if blank(line) {
		return
	}
	c, refused := parse(line, u.talk)
	if len(line) > maxLine {
		refused = "too-long"
	}
	m.execute(u, c, refused)
}

// execute carries out a command unless it is refused already.
func (m *model) execute(u *user, c command, refused code) {
	r, known := rows[c.verb]
	if refused == "" && r.room && c.room == "" && u.current() == nil {
		refused = "not-in-room"
	}
	before := len(u.joined)
	var lines []string
	if known && refused == "" {
		lines, refused = r.run(m, u, c)
	}
	if refused != "" {
		lines = []string{fmt.Sprintf("ERR %s %s ~", c.verb, refused)}
		if c.verb == "PASTE" {
			u.paste = &paste{refused: true}
		}
	}
	room := ""
	if len(u.joined) > before {
		room = u.current().name // what comes live comes behind the answer
	}
	u.expect(answer, room, lines...)
	if u.gone {
		u.expect(answer, "", "BYE quit ~")
	}
}

func (u *user) current() *room {
	if len(u.joined) == 0 {
		return nil
	}
	return u.joined[len(u.joined)-1]
}

// at returns the room that a command acts on, or what is wrong with its name.
func (m *model) at(u *user, c command) (*room, code) {
	switch {
	case c.room == "":
		return u.current(), ""
	case !roomName.MatchString(c.room):
		return nil, "bad-name"
	case m.rooms[fold(c.room)] == nil:
		return nil, "no-such-room"
	}
	return m.rooms[fold(c.room)], ""
}

// publish has every member of r expect lines that are about from.
func (r *room) publish(from *user, isPresence bool, members int, lines ...string) {
	for _, u := range r.members {
		switch {
		case isPresence && (u == from || !u.presence || members > maxPresence):
		case !isPresence && u == from && !u.echo && !strings.HasPrefix(lines[0], "TOPIC "):
		default:
			u.expect(event, r.name, lines...)
		}
	}
}

// leave ends u's membership of r.
func (r *room) leave(u *user, why string) {
	members := len(r.members)
	r.members = without(r.members, u)
	u.joined = without(u.joined, r)
	r.publish(u, true, members, fmt.Sprintf("LEFT %s %s %s", r.name, u.nick, why))
}

func without[T comparable](list []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == one })
}

// end ends u's connection; why is the code of BYE.
func (m *model) end(u *user, why string) {
	for len(u.joined) > 0 {
		u.current().leave(u, why)
	}
	m.users = without(m.users, u)
	u.gone = true
}

// inputEnds ends u's input, inside a line if there is a rest.
func (m *model) inputEnds(u *user, rest string) {
	switch {
	case u.gone:
		return
	case u.paste != nil && !u.paste.refused:
		u.expect(answer, "", "ERR PASTE unfinished ~")
	case u.paste == nil && !blank(rest):
		c, _ := parse(rest, u.talk)
		u.expect(answer, "", fmt.Sprintf("ERR %s unfinished ~", c.verb))
	}
	m.end(u, "end-of-input")
	u.expect(answer, "", "BYE end-of-input ~")
}

// pasteLine takes one line of a PASTE's body.
func (m *model) pasteLine(u *user, line string) {
	p := u.paste
	switch {
	case line == ".":
		u.paste = nil
		if !p.refused {
			m.pasted(u, p)
		}
	case len(line) > maxLine:
		p.fail("too-long")
	case !utf8.ValidString(line):
		p.fail("bad-utf8")
	default:
		p.lines = append(p.lines, clean(strings.TrimPrefix(line, ".")))
	}
}

func (p *paste) fail(with code) {
	if p.failed == "" {
		p.failed = with
	}
}

// pasted posts the body of a PASTE.
func (m *model) pasted(u *user, p *paste) {
	if strings.Join(p.lines, "") == "" {
		p.fail("bad-arguments")
	}
	if p.failed != "" {
		u.expect(answer, "", fmt.Sprintf("ERR PASTE %s ~", p.failed))
		return
	}
	lines, refused := m.add(u, p.command, "MSG", p.lines)
	if refused != "" {
		lines = []string{fmt.Sprintf("ERR PASTE %s ~", refused)}
	}
	u.expect(answer, "", lines...)
}

// add posts lines to a room, unless its ONCE key says that they are there.
func (m *model) add(u *user, c command, kind string, lines []string) ([]string, code) {
	r, wrong := m.at(u, c)
	if wrong != "" {
		return nil, wrong
	}
	p := post{kind, u.nick, lines}
	key := fold(r.name) + " " + c.once
	what := kind + " " + strings.Join(lines, "\n")
	used, known := m.once[key]
	switch {
	case c.once == "" || !known:
		r.posts = append(r.posts, p)
		used = use{what, len(r.posts)}
		r.publish(u, false, 0, r.lines(used.seq)...)
	case used.post != what:
		return nil, "once-mismatch"
	}
	if c.once != "" {
		m.once[key] = used
	}
	return []string{fmt.Sprintf("OK %s %s %d", c.verb, r.name, used.seq)}, ""
}

// lines returns the lines of post number seq.
func (r *room) lines(seq int) []string {
	p := r.posts[seq-1]
	all := []string{fmt.Sprintf("%s %s %d %s %s", p.kind, r.name, seq, p.nick, p.lines[0])}
	for _, text := range p.lines[1:] {
		all = append(all, fmt.Sprintf("MORE %s %d %s %s", r.name, seq, p.nick, text))
	}
	return all
}

// past returns the PAST lines of the posts of those numbers.
func (r *room) past(seqs []int) []string {
	var all []string
	for _, seq := range seqs {
		for _, line := range r.lines(seq) {
			all = append(all, "PAST ~ "+line)
		}
	}
	return all
}
