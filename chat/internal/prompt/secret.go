package prompt

import (
	"strings"
	"unicode/utf8"
)

// A Secret is what has to be typed besides a line and is not shown. The zero value: there
// is none.
type Secret struct {
	Question string
	Twice    bool // it is new: typed twice, since nobody sees it
}

const (
	againQuestion = "Type it again: "
	differs       = "Not the same. "
)

// addSecret asks for what a line needs besides, with read. It reports false if the person
// has given up. Where the two of a new secret differ it asks again: if the line were edited on
// instead, the secret might be typed there, in plain sight and into the history.
func (in *input) addSecret(line *Line, read func(question string) (secret string, ok bool)) (ok bool) {
	if in.options.Secret == nil {
		return true
	}
	s := in.options.Secret(line.Text)
	if s.Question == "" {
		return true
	}
	for question := s.Question; ; question = differs + s.Question {
		line.Secret, ok = read(question)
		if !ok || !s.Twice || line.Secret == "" {
			return ok
		}
		again, ok := read(againQuestion)
		if !ok || again == line.Secret {
			return ok
		}
	}
}

// A secretInput is what has been typed of a secret.
type secretInput struct {
	text   string
	answer chan<- *string // nil: given up
}

// press gives it a key. It reports whether that was the last one.
func (s *secretInput) press(k key) (done bool) {
	switch {
	case k.kind == enter:
		s.answer <- &s.text
		return true
	case k.kind == escape || k.kind == interrupt || k.text == "\x04" && s.text == "":
		s.answer <- nil
		return true
	case k.kind == pasted && k.refusal() == "":
		s.text += strings.Trim(k.text, "\r\n")
	case k.kind != typed:
	case k.text == "\x7f" || k.text == "\b":
		_, last := utf8.DecodeLastRuneInString(s.text)
		s.text = s.text[:len(s.text)-last]
	case k.text == "\x15" || k.text == rubWord:
		s.text = ""
	case k.text >= " ":
		s.text += k.text
	}
	return false
}
