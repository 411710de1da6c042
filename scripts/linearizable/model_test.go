package linearizable

import (
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// An event is a command, from when to when it was under way, and its answer.
type event struct {
	from, to int64
	command
	answer
}

func said(n uint64) answer { return answer{seq: n} }

// shown is what a reader was shown after a number.
func shown(after uint64, texts ...string) (a answer) {
	for i, text := range texts {
		a.posts = append(a.posts, numbered{after + uint64(i) + 1, text})
	}
	a.seq = after + uint64(len(texts))
	return a
}

func posting(machine int, text string) command {
	return command{verb: post, object: "go", machine: machine, text: text}
}

func once(machine int, text string) command {
	c := posting(machine, text)
	c.key = "k-" + text
	return c
}

func reading(machine int, after uint64) command {
	return command{verb: read, object: "go", machine: machine, after: after}
}

func showing(machine int) command { return command{verb: show, object: "go", machine: machine} }

func claiming(session int, key string) command {
	return command{verb: claim, object: "ann", session: session, key: key}
}

func elsewhere(c command) command {
	c.machine++
	return c
}

func leaving(session int) command { return command{verb: release, object: "ann", session: session} }

var (
	unknown = answer{unknown: true}
	taken   = answer{taken: true}
	refused = answer{refused: true}
)

// replacedBy is the answer of a session that had ended at a time because another one has its key.
func replacedBy(end int64) answer { return answer{unknown: true, instead: end} }

func regaining(session int, key string) command {
	return command{verb: regain, object: "ann", session: session, key: key}
}

func TestWhatIsLegal(t *testing.T) {
	const forever = 1 << 40
	for name, test := range map[string]struct {
		legal  bool
		events []event
	}{
		"two posts at once, in the other order": {true, []event{{1, 4, posting(0, "a"), said(2)}, {2, 3, posting(1, "b"), said(1)}}},
		"two posts, in the other order":         {false, []event{{1, 2, posting(0, "a"), said(2)}, {3, 4, posting(1, "b"), said(1)}}},
		"a number given twice":                  {false, []event{{1, 4, posting(0, "a"), said(1)}, {2, 3, posting(1, "b"), said(1)}}},
		"a number left out":                     {false, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, posting(1, "b"), said(3)}}},

		"a post that may not be there":              {true, []event{{1, forever, posting(0, "a"), unknown}, {2, 3, posting(1, "b"), said(1)}}},
		"a post that appears late":                  {true, []event{{1, forever, posting(0, "a"), unknown}, {2, 3, posting(1, "b"), said(1)}, {4, 5, reading(1, 0), shown(0, "b", "a")}}},
		"a post that appears late, and then not":    {false, []event{{1, forever, posting(0, "a"), unknown}, {2, 3, reading(1, 0), shown(0, "a")}, {4, 5, reading(1, 0), shown(0)}}},
		"a post of nobody":                          {false, []event{{1, 2, reading(1, 0), shown(0, "a")}}},
		"a post that is read with another number":   {false, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, reading(0, 0), answer{seq: 1, posts: []numbered{{2, "a"}}}}}},
		"a post that is lost":                       {false, []event{{1, 2, posting(0, "a"), said(1)}, {1, 2, showing(0), said(1)}, {3, 4, reading(0, 0), shown(0)}}},
		"a post that another machine has first":     {true, []event{{1, 9, posting(0, "a"), said(1)}, {1, 9, showing(0), said(1)}, {2, 3, posting(1, "b"), said(2)}, {4, 5, reading(0, 0), shown(0)}}},
		"a post that no machine may have":           {false, []event{{1, 2, showing(0), said(1)}}},
		"a machine that is behind":                  {true, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, reading(1, 0), shown(0)}, {5, 6, reading(1, 0), shown(0, "a")}}},
		"a machine that falls behind":               {false, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, reading(1, 0), shown(0, "a")}, {5, 6, reading(1, 0), shown(0)}}},
		"a machine that does not wait":              {false, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, reading(1, 1), answer{seq: 0}}}},
		"a machine with another post":               {false, []event{{1, 4, posting(0, "a"), said(1)}, {2, 3, posting(1, "b"), said(2)}, {5, 6, reading(1, 0), shown(0, "b", "a")}}},
		"a reader with what came after":             {true, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, posting(0, "b"), said(2)}, {5, 6, reading(1, 1), shown(1, "b")}}},
		"a post that is missing for a reader":       {false, []event{{1, 2, posting(0, "a"), said(1)}, {3, 4, posting(0, "b"), said(2)}, {5, 6, reading(1, 0), answer{seq: 2, posts: shown(1, "b").posts}}}},
		"a repeat with its key":                     {true, []event{{1, 2, once(0, "a"), said(1)}, {3, 4, once(1, "a"), said(1)}, {5, 6, posting(0, "b"), said(2)}}},
		"a repeat of one that may not be there":     {true, []event{{1, forever, once(0, "a"), unknown}, {2, 3, posting(0, "b"), said(1)}, {4, 5, once(1, "a"), said(2)}}},
		"a repeat that is posted":                   {false, []event{{1, 2, once(0, "a"), said(1)}, {3, 4, once(1, "a"), said(2)}}},
		"a repeat that is posted, though not told":  {false, []event{{1, 2, once(0, "a"), said(1)}, {3, forever, once(1, "a"), unknown}, {5, 6, reading(1, 0), shown(0, "a", "a")}}},
		"a repeat of one that was behind by a post": {false, []event{{1, forever, once(0, "a"), unknown}, {2, 3, posting(0, "b"), said(2)}, {4, 5, once(1, "a"), said(3)}}},

		"a nick of two":                      {false, []event{{1, 2, claiming(1, ""), said(0)}, {3, 4, claiming(2, ""), said(0)}}},
		"a nick of one and another":          {true, []event{{1, 2, claiming(1, ""), said(0)}, {3, forever, leaving(1), unknown}, {4, 5, claiming(2, ""), taken}, {6, 7, claiming(2, ""), said(0)}}},
		"a nick that nobody has, contended":  {true, []event{{1, 4, claiming(1, ""), said(0)}, {2, 3, claiming(2, ""), taken}}},
		"a nick that nobody has":             {false, []event{{1, 2, claiming(1, ""), taken}}},
		"a nick that somebody may have":      {true, []event{{1, forever, claiming(1, ""), unknown}, {2, 3, elsewhere(claiming(2, "")), taken}}},
		"a nick of two at once":              {false, []event{{1, 4, claiming(1, ""), said(0)}, {2, 3, claiming(2, ""), said(0)}}},
		"a nick that is not given up":        {false, []event{{1, 2, claiming(1, ""), said(0)}, {3, 4, claiming(2, ""), said(0)}, {5, forever, leaving(1), unknown}}},
		"a nick with its key":                {true, []event{{1, 2, claiming(1, "k"), said(0)}, {3, 4, claiming(2, "k"), said(0)}, {5, forever, leaving(1), unknown}, {6, 7, claiming(3, ""), taken}}},
		"a nick with its key, refused":       {false, []event{{1, 2, claiming(1, "k"), said(0)}, {3, 4, claiming(2, "k"), taken}}},
		"a nick with another key":            {false, []event{{1, 2, claiming(1, "k"), said(0)}, {3, 4, claiming(2, "x"), said(0)}}},
		"a nick without a key, taken by one": {false, []event{{1, 2, claiming(1, ""), said(0)}, {3, 4, claiming(2, "k"), said(0)}}},

		"a nick that one was about to have":           {true, []event{{1, 4, claiming(1, ""), refused}, {2, 3, claiming(2, ""), taken}}},
		"a nick that one was about to have elsewhere": {false, []event{{1, 4, claiming(1, ""), refused}, {2, 3, elsewhere(claiming(2, "")), taken}}},
		"a nick given up for one that is refused":     {true, []event{{1, 2, claiming(1, "k"), said(0)}, {3, forever, leaving(1), replacedBy(6)}, {4, 5, claiming(2, "k"), refused}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick given up for one that is refused yet": {true, []event{{1, 2, claiming(1, "k"), said(0)}, {3, forever, leaving(1), replacedBy(5)}, {4, 6, claiming(2, "k"), refused}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick given up for one that comes later":    {false, []event{{1, 2, claiming(1, "k"), said(0)}, {3, forever, leaving(1), replacedBy(4)}, {5, 6, claiming(2, "k"), refused}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick given up for one that came before":    {false, []event{{1, 2, claiming(1, "k"), said(0)}, {5, forever, leaving(1), replacedBy(6)}, {3, 4, claiming(2, "k"), refused}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick given up for nobody":                  {false, []event{{1, 2, claiming(1, "k"), said(0)}, {3, forever, leaving(1), replacedBy(4)}, {6, 7, claiming(3, ""), said(0)}}},

		"a nick that one has again":                   {true, []event{{1, 2, claiming(1, ""), said(0)}, {1, 9, leaving(1), said(0)}, {3, 4, claiming(2, ""), said(0)}, {5, 6, leaving(2), said(0)}, {1, 9, regaining(1, ""), said(0)}, {7, 8, claiming(3, ""), taken}}},
		"a nick that one has again, of another":       {false, []event{{1, 2, claiming(1, ""), said(0)}, {1, 9, leaving(1), said(0)}, {3, 4, claiming(2, ""), said(0)}, {1, 9, regaining(1, ""), said(0)}, {5, 6, leaving(1), said(0)}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick with its key that has moved":          {false, []event{{1, 2, claiming(1, "k"), said(0)}, {1, 9, leaving(1), said(0)}, {3, 4, claiming(2, "k"), said(0)}, {1, 9, regaining(1, "k"), said(0)}, {5, 6, leaving(1), said(0)}, {7, 8, claiming(3, ""), said(0)}}},
		"a nick that nobody has again, for it is had": {true, []event{{1, 2, claiming(1, ""), said(0)}, {1, 9, leaving(1), said(0)}, {1, 9, regaining(1, ""), said(0)}, {3, 4, claiming(2, ""), taken}, {10, 11, leaving(1), said(0)}, {12, 13, claiming(2, ""), said(0)}}},
	} {
		t.Run(name, func(t *testing.T) {
			var h History
			for i, e := range test.events {
				h.operations = append(h.operations, porcupine.Operation{ClientId: i, Call: e.from, Input: e.command, Output: e.answer, Return: e.to})
			}
			if err := h.Check(time.Minute); (err == nil) != test.legal {
				var page strings.Builder
				t.Errorf("legal: %v, %v; want %v (%v)", err == nil, err, test.legal, h.Draw(&page, time.Minute))
			}
		})
	}
}
