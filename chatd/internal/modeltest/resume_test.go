package modeltest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A poster posts texts, each with a key of its own, over as many connections as
// it takes: it joins with AFTER what it has seen, and repeats what has no number.
type poster struct {
	*conn
	texts   []string
	numbers map[string]int
	seen    []string // post number n is seen[n-1]
	err     error
}

// Whatever a stop does to posts under way: repeated with their keys they are
// posted once, their numbers stay, and whoever comes back misses nothing.
func TestResume(t *testing.T) {
	home := t.TempDir()
	rapid.Check(t, func(t *rapid.T) { resume(t, home) })
}

func resume(t *rapid.T, under string) {
	s := newSystem(t, under, 50)
	defer s.end(t)
	all := 0
	var posters []*poster
	for i := range rapid.IntRange(1, 3).Draw(t, "posters") {
		p := &poster{numbers: map[string]int{}}
		for j := range rapid.IntRange(1, 40).Draw(t, "posts") {
			p.texts = append(p.texts, fmt.Sprintf("%d.%d", i, j))
		}
		all += len(p.texts)
		posters = append(posters, p)
	}
	for range rapid.IntRange(0, 3).Draw(t, "stops") {
		stopAfter := rapid.IntRange(0, unanswered(posters)).Draw(t, "answers before the stop")
		ended, answers := s.postAll(t, posters, all+1)
		wait(answers, ended, stopAfter)
		if err := s.stop(rapid.Bool().Draw(t, "abrupt")); err != nil {
			t.Fatal(err)
		}
		<-ended
		s.closeStore(t)
		s.daemon = start(t, s.open(t), s.form(t), s.presence)
	}
	ended, _ := s.postAll(t, posters, all)
	<-ended
	compareSeen(t, posters, all)
}

// wait waits for so many answers, or until a defect has ended all.
func wait(answers, ended <-chan struct{}, n int) {
	for range n {
		select {
		case <-answers:
		case <-ended:
			return
		}
	}
}

// unanswered returns how many posts have no number yet.
func unanswered(posters []*poster) (n int) {
	for _, p := range posters {
		n += len(p.texts) - len(p.numbers)
	}
	return n
}

// postAll has every poster connect and post what has no number yet. ended is
// closed when each has seen so many posts, or has lost its connection.
func (s *system) postAll(t *rapid.T, posters []*poster, until int) (ended <-chan struct{}, answers chan struct{}) {
	done, following := make(chan struct{}), make(chan struct{})
	answers = make(chan struct{}, until)
	for _, p := range posters {
		p.conn = s.dial(t)
		_ = p.SetReadDeadline(time.Now().Add(patience))
		s.conns[&user{}] = p.conn
		go func() {
			p.follow(until, answers)
			following <- struct{}{}
		}()
	}
	go func() {
		for range posters {
			<-following
		}
		close(done)
	}()
	return done, answers
}

// follow sends what is to be posted, and reads.
func (p *poster) follow(until int, answers chan<- struct{}) {
	var waiting []string
	text := fmt.Sprintf("CREATE a\nJOIN a AFTER %d\n", len(p.seen))
	for _, post := range p.texts {
		if p.numbers[post] == 0 {
			waiting = append(waiting, post)
			text += fmt.Sprintf("ONCE key.%s POST %s\n", post, post)
		}
	}
	sent := make(chan error, 1)
	go func() { sent <- p.write(text) }()
	for line := range p.lines {
		verb := strings.Join(strings.SplitN(line, " ", 3)[:2], " ")
		if verb == "OK POST" || verb == "ERR POST" {
			p.answered(line, waiting[0])
			waiting = waiting[1:]
			answers <- struct{}{}
		} else if p.err = p.saw(line); p.err != nil {
			break
		}
		if len(p.seen) == until && len(waiting) == 0 {
			break
		}
	}
	_ = p.Close() // or the server would linger for what may come
	<-sent        // this fails where the connection has ended
}

func (p *poster) answered(line, post string) {
	var seq int
	if _, err := fmt.Sscanf(line, "OK POST a %d", &seq); err == nil {
		p.numbers[post] = seq
	}
}

// saw takes a post, brought back or live: the next one, and no other.
func (p *poster) saw(line string) error {
	words := strings.SplitN(strings.TrimPrefix(line, "PAST ~ "), " ", 5)
	if words[0] != "MSG" {
		return nil
	}
	p.seen = append(p.seen, words[4])
	if words[2] != fmt.Sprint(len(p.seen)) {
		return fmt.Errorf("got %q, number %d is due", line, len(p.seen))
	}
	return nil
}

// compareSeen fails unless all have seen the same, each post once, under its number.
func compareSeen(t *rapid.T, posters []*poster, all int) {
	for _, p := range posters {
		if p.err != nil {
			t.Fatal(p.err)
		}
		if fmt.Sprint(p.seen) != fmt.Sprint(posters[0].seen) || len(p.seen) != all {
			t.Fatalf("of %d posts one saw\n%q\nand another\n%q", all, posters[0].seen, p.seen)
		}
		for _, text := range p.texts {
			if n := p.numbers[text]; n < 1 || n > all || p.seen[n-1] != text {
				t.Fatalf("%q was posted as number %d of %q", text, n, p.seen)
			}
		}
	}
}
