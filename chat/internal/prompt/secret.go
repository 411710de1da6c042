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
	differs       = "The two are not the same; try again."
)

// addSecret asks for what a line needs besides, with read. It reports false if the person
// has given up, or has not typed the same twice.
func (in *input) addSecret(line *Line, read func(question string) (secret string, ok bool)) (ok bool, why string) {
	if in.options.Secret == nil {
		return true, ""
	}
	s := in.options.Secret(line.Text)
	if s.Question == "" {
		return true, ""
	}
	line.Secret, ok = read(s.Question)
	if !ok || !s.Twice || line.Secret == "" {
		return ok, ""
	}
	again, ok := read(againQuestion)
	if ok && again != line.Secret {
		return false, differs
	}
	return ok, ""
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
