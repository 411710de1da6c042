package client

import (
	"fmt"
	"slices"
	"strings"
)

// An Option says more about a command of Do and Send, and about Join, Post, Emote,
// Paste and PostAsync. Commands that it is not for pass over it.
type Option struct {
	create bool
	replay string // words of a JOIN
}

// CreateRoom has a JOIN, POST, ME or PASTE create its room if there is none, and
// then be carried out in it; Reply.Created and Joined.Created say so. When the
// room cannot be created, the answer is the refusal of CREATE. Nothing else that
// waits is sent meanwhile.
var CreateRoom = Option{create: true}

// Last has a JOIN bring back the last n posts, at most 1,000; [Client.JoinLast] has no
// such limit.
func Last(n int) Option { return Option{replay: fmt.Sprint("LAST ", n)} }

// After has a JOIN bring back every post after number seq.
func After(seq uint64) Option { return Option{replay: fmt.Sprint("AFTER ", seq)} }

// joinWords returns the words of a JOIN with options.
func joinWords(words []string, options ...Option) []string {
	words = slices.Clone(words)
	for _, option := range options {
		words = append(words, strings.Fields(option.replay)...)
	}
	return words
}
