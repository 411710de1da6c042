package client

import (
	"fmt"
	"slices"
	"strings"
)

// An Option says more about a command: [CreateRoom] about one that joins or posts,
// [Last] and [After] about one that joins. Other commands pass over it.
type Option struct {
	create bool
	replay string // words of a JOIN
}

// CreateRoom has a room created if there is none to join or to post to; Reply.Created
// and Joined.Created say that it was. If it cannot be created, the answer is the
// refusal of CREATE. Other commands wait until the room is created. A room that was
// joined so is also created when a new connection finds that it is gone; if it had
// posts, a [RoomReset] says so.
var CreateRoom = Option{create: true}

// Last has Join bring back the last n posts, at most 1,000, or none if n is 0 or less;
// [Client.JoinLast] has no such limit.
func Last(n int) Option { return Option{replay: fmt.Sprint("LAST ", max(n, 0))} }

// After has Join bring back every post after number seq.
func After(seq uint64) Option { return Option{replay: fmt.Sprint("AFTER ", seq)} }

// joinWords returns the words of a JOIN with options.
func joinWords(words []string, options ...Option) []string {
	words = slices.Clone(words)
	for _, option := range options {
		words = append(words, strings.Fields(option.replay)...)
	}
	return words
}
