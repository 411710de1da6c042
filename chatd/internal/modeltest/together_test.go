package modeltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A player is a client that sends all its commands at once, while others do so
// too, and then reads what has come.
type player struct {
	*conn
	nick  string
	steps []step
	in    map[string]bool   // rooms, while the steps are drawn
	stays map[string][]stay // by room, what was seen of it
	open  map[string]bool   // rooms, while the lines are read
	last  map[string]int    // the newest number of its own posts
	next  int               // the step whose answer is to come
	mute  bool              // SET echo off
}

// A step is one command.
type step struct {
	lines  string
	verb   string
	room   string
	post   string // the first line of a post
	once   bool
	number int // of the post, as answered
}

// A stay is one membership, from the OK of JOIN to that of LEAVE.
type stay struct {
	head, members int
	lines         []string
}

// All members see one order of a room, each line once, from the number that JOIN
// names to the OK of LEAVE; and each post has the number of its answer.
func TestTogether(t *testing.T) {
	home := t.TempDir()
	rapid.Check(t, func(t *rapid.T) { together(t, home) })
}

func together(t *rapid.T, under string) {
	s := newSystem(t, under, 50)
	defer s.end(t)
	observer := s.player(t, "observer")
	for _, room := range bothRooms {
		observer.steps = append(observer.steps, step{lines: "CREATE " + room, verb: "CREATE", room: room}, step{lines: "JOIN " + room, verb: "JOIN", room: room})
	}
	observer.play(t)
	var players []*player
	for i := range rapid.IntRange(2, 4).Draw(t, "players") {
		p := s.player(t, fmt.Sprint("p", i))
		p.draw(t)
		players = append(players, p)
	}
	playAll(t, players)
	observer.steps, observer.next = nil, 0
	for _, room := range bothRooms { // when this has come, everything has
		observer.steps = append(observer.steps, step{lines: "IN " + room + " POST end", verb: "POST", room: room, post: "end"})
	}
	observer.play(t)
	for _, room := range bothRooms {
		compareAll(t, room, observer, players)
	}
}

// play sends all steps and reads what comes until they are answered.
func (p *player) play(t *rapid.T) { playAll(t, []*player{p}) }

func playAll(t *rapid.T, players []*player) {
	sent := make(chan error, len(players))
	for _, p := range players {
		go func() { sent <- p.write(p.text()) }()
	}
	for _, p := range players {
		p.readAll(t)
	}
	for range players {
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
}

var bothRooms = []string{"a", "b"}

func (s *system) player(t *rapid.T, nick string) *player {
	p := &player{conn: s.dial(t), nick: nick, in: map[string]bool{}, stays: map[string][]stay{}, open: map[string]bool{}, last: map[string]int{}}
	s.conns[&user{nick: nick}] = p.conn
	p.line(t) // HELLO
	p.send(t, "NICK "+nick+"\n")
	if line := p.line(t); line != "OK NICK "+nick {
		t.Fatalf("got %q", line)
	}
	return p
}

// text returns the lines of all steps.
func (p *player) text() string {
	var b strings.Builder
	for _, s := range p.steps {
		b.WriteString(s.lines + "\n")
	}
	return b.String()
}

// draw draws the steps. At the end the player is in no room.
func (p *player) draw(t *rapid.T) {
	if p.mute = rapid.Bool().Draw(t, "echo off"); p.mute {
		p.steps = append(p.steps, step{lines: "SET echo off", verb: "SET", room: "echo"})
	}
	for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
		p.steps = append(p.steps, p.drawStep(t, i))
	}
	for _, room := range bothRooms {
		if p.in[room] {
			p.steps = append(p.steps, step{lines: "LEAVE " + room, verb: "LEAVE", room: room})
		}
	}
}

func (p *player) drawStep(t *rapid.T, i int) step {
	room := one(t, "room", bothRooms)
	text := fmt.Sprintf("%s.%d", p.nick, i)
	switch verb := one(t, "verb", []string{"POST", "POST", "POST", "POST", "ONCE", "MOVE", "ME", "PASTE", "TOPIC", "HISTORY"}); verb {
	case "PASTE":
		return step{lines: "IN " + room + " PASTE\n" + text + "\nmore\n.", verb: verb, room: room, post: text}
	case "ONCE":
		text = one(t, "key", []string{"k1", "k2"})
		return step{lines: fmt.Sprintf("IN %s ONCE %s POST %s", room, text, text), verb: "POST", room: room, post: text, once: true}
	case "MOVE":
		verb = map[bool]string{true: "LEAVE", false: "JOIN"}[p.in[room]]
		p.in[room] = !p.in[room]
		return step{lines: verb + " " + room, verb: verb, room: room}
	case "HISTORY":
		return step{lines: "IN " + room + " HISTORY 3", verb: verb, room: room}
	case "TOPIC":
		return step{lines: "IN " + room + " TOPIC " + text, verb: verb, room: room}
	default:
		return step{lines: "IN " + room + " " + verb + " " + text, verb: verb, room: room, post: text}
	}
}

// readAll reads until every step is answered.
func (p *player) readAll(t *rapid.T) {
	for p.next < len(p.steps) {
		line := p.line(t)
		words := strings.Fields(line + " - -")
		switch words[0] {
		case "OK":
			p.answered(t, line)
		case "MSG", "ME", "MORE", "JOINED", "LEFT", "TOPIC":
			p.saw(t, words[1], line)
		case "PAST", "SEND":
		default:
			t.Fatalf("%s got %q", p.nick, line)
		}
	}
}

// answered takes the OK of the next step.
func (p *player) answered(t *rapid.T, line string) {
	s := &p.steps[p.next]
	p.next++
	var head, members int
	n, _ := fmt.Sscanf(line, "OK "+s.verb+" "+s.room+" %d %d", &members, &head)
	switch {
	case !strings.HasPrefix(line, "OK "+s.verb+" "+s.room):
		t.Fatalf("%s got %q, the answer to %q is due", p.nick, line, s.lines)
	case s.verb == "JOIN":
		p.open[s.room] = true
		p.stays[s.room] = append(p.stays[s.room], stay{head: head, members: members})
	case s.verb == "LEAVE":
		p.open[s.room] = false
	case s.verb == "HISTORY" && head < p.last[s.room]:
		t.Fatalf("%s posted number %d, but of %s HISTORY knows %d", p.nick, p.last[s.room], s.room, head)
	case s.post != "" && n == 1:
		p.numbered(t, s, members)
	}
}

// numbered takes the number of a post.
func (p *player) numbered(t *rapid.T, s *step, number int) {
	s.number = number
	if s.once {
		return
	}
	if number <= p.last[s.room] {
		t.Fatalf("%s posted number %d of %s, and then %d", p.nick, p.last[s.room], s.room, number)
	}
	p.last[s.room] = number
	if p.open[s.room] && !p.mute {
		seen := fmt.Sprintf(" %s %d %s %s", s.room, number, p.nick, s.post)
		all := p.stays[s.room]
		if !slices.ContainsFunc(all[len(all)-1].lines, func(line string) bool { return strings.HasSuffix(line, seen) }) {
			t.Fatalf("%s got OK for %q before the post", p.nick, seen)
		}
	}
}

// saw takes a line of a room. Outside a membership there is only the topic, in
// the answer to a JOIN.
func (p *player) saw(t *rapid.T, room, line string) {
	if p.open[room] {
		all := p.stays[room]
		all[len(all)-1].lines = append(all[len(all)-1].lines, line)
	} else if !strings.HasPrefix(line, "TOPIC ") {
		t.Fatalf("%s got %q, and is not in the room", p.nick, line)
	}
}

// compareAll compares what the players have seen of a room with what the observer
// saw, who was there all the time.
func compareAll(t *rapid.T, room string, observer *player, players []*player) {
	seen := observer.stays[room][0].lines
	posts := postsOf(t, seen)
	for _, p := range append(players, observer) {
		for _, s := range p.steps {
			if s.room == room && s.post != "" && posts[s.number-1] != s.post {
				t.Errorf("%s posted %q to %s as number %d, which is %q", p.nick, s.post, room, s.number, posts[s.number-1])
			}
		}
	}
	if sorted := slices.Sorted(slices.Values(posts)); len(slices.Compact(sorted)) < len(posts) {
		t.Errorf("a post to %s is there twice: %q", room, posts)
	}
	for _, p := range players {
		want := p.staysOf(seen, room)
		if got := p.stays[room]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s saw of %s\n%+v\nwant\n%+v", p.nick, room, got, want)
		}
	}
}

// postsOf returns the first lines of the posts among lines. They must be numbered
// 1, 2, 3 …
func postsOf(t *rapid.T, lines []string) (posts []string) {
	for _, line := range lines {
		words := strings.SplitN(line, " ", 5)
		if words[0] != "MSG" && words[0] != "ME" {
			continue
		}
		posts = append(posts, words[4])
		if words[2] != fmt.Sprint(len(posts)) {
			t.Fatalf("%q is the room's post number %d", line, len(posts))
		}
	}
	return posts
}

// staysOf returns the player's memberships among all lines of a room.
func (p *player) staysOf(lines []string, room string) (stays []stay) {
	head, members, inside := 0, 1, false
	for _, line := range lines {
		words := strings.Fields(line)
		switch words[0] {
		case "MSG", "ME":
			head++
		case "JOINED":
			members++
		case "LEFT":
			members--
		}
		switch {
		case line == "JOINED "+room+" "+p.nick:
			stays, inside = append(stays, stay{head: head, members: members}), true
		case line == "LEFT "+room+" "+p.nick+" leave":
			inside = false
		case p.mute && slices.Contains([]string{"MSG", "ME", "MORE"}, words[0]) && words[3] == p.nick:
		case inside:
			stays[len(stays)-1].lines = append(stays[len(stays)-1].lines, line)
		}
	}
	return stays
}
