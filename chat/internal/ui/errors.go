package ui

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// explain says why a command was not carried out.
func explain(c proto.Command, err error) string {
	var refused *proto.Error
	switch {
	case errors.As(err, &refused):
		return friendly(refused.Text, c)
	case errors.Is(err, client.ErrLost) && !isPost(c):
		return "the connection was lost before /" + strings.ToLower(c.Verb) + " was answered; it may have taken effect"
	case errors.Is(err, client.ErrLost):
		return "the connection was lost before the answer came"
	case errors.Is(err, client.ErrClosed):
		return "chat ended before it was sent"
	}
	return err.Error()
}

var capitals = regexp.MustCompile(`\b[A-Z]{2,16}\b`)

// friendly returns a refusal's text with the server's commands as people type
// them: JOIN becomes /join. Words in capitals that are the person's own, such
// as the name of a room, stay as they are.
func friendly(text string, c proto.Command) string {
	own := capitals.FindAllString(strings.Join(append([]string{c.Room, c.Text}, c.Words...), " "), -1)
	return capitals.ReplaceAllStringFunc(text, func(word string) string {
		if slices.Contains(own, word) || word != "IN" && proto.LookupVerb(word) == nil {
			return word
		}
		return "/" + strings.ToLower(word)
	})
}

// excerpt is the beginning of a text, without its further lines.
func excerpt(text string) string {
	const maxRunes = 60
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > maxRunes {
		return string(runes[:maxRunes]) + "..."
	}
	return text
}
