package prompt

import (
	"strings"
	"unicode/utf8"
)

// A question takes the keys until it is answered.
type question struct {
	secret bool
	text   string      // typed so far
	answer chan answer // has room for one
}

type answer struct {
	text string
	yes  bool
}

// press gives the question a key. It reports whether that has answered it.
func (q *question) press(k key) bool {
	var a answer
	var done bool
	if q.secret {
		a, done = q.edit(k)
	} else {
		a, done = decide(k)
	}
	if done {
		q.answer <- a
	}
	return done
}

// decide takes a key for yes or no, if it is one.
func decide(k key) (answer, bool) {
	switch {
	case k.kind == enter || k.kind == escape || k.kind == interrupt:
		return answer{}, true
	case k.kind == typed && strings.EqualFold(k.text, "n"):
		return answer{}, true
	case k.kind == typed && strings.EqualFold(k.text, "y"):
		return answer{yes: true}, true
	}
	return answer{}, false
}

// edit takes a key for a secret. There is little to edit in what is not seen.
func (q *question) edit(k key) (answer, bool) {
	switch k.kind {
	case enter:
		return answer{q.text, true}, true
	case escape, interrupt:
		return answer{}, true
	case pasted:
		first, _, _ := strings.Cut(k.pasteInto(), string(breakPlaceholder))
		q.text += first
	case typed:
		switch r, n := utf8.DecodeRuneInString(k.text); {
		case k.text == "\x7f" || k.text == "\b":
			_, last := utf8.DecodeLastRuneInString(q.text)
			q.text = q.text[:len(q.text)-last]
		case k.text == "\x15": // Ctrl-U
			q.text = ""
		case n == len(k.text) && r >= ' ' && !isNoncharacter(r):
			q.text += k.text
		}
	}
	return answer{}, false
}

// ask puts a question and waits for its answer.
func (c *Prompt) ask(text string, secret bool) answer {
	select {
	case c.asking <- struct{}{}:
	case <-c.keyboard.ending:
		return answer{}
	}
	defer func() { <-c.asking }()
	q := &question{secret: secret, answer: make(chan answer, 1)}
	c.keyboard.asked.Store(q) // before it can be seen
	defer c.keyboard.asked.CompareAndSwap(q, nil)
	c.keyboard.wake()
	c.display.setQuestion(text)
	defer c.display.setQuestion("")
	select {
	case a := <-q.answer:
		return a
	case <-c.keyboard.ending:
		return answer{}
	}
}
