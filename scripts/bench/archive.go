package main

import (
	"fmt"
	"math/rand/v2"
)

// An archive is rooms full of posts, and what is asked of them.
type archive struct {
	rooms     []archived
	words     vocabulary
	questions []*question
	chances   uint64 // how many there are
}

// An archived room.
type archived struct {
	name string
	post []byte // what a command that posts to it begins with
	ok   []byte // and its acknowledgement
}

func newArchive(rooms int) *archive {
	a := &archive{rooms: make([]archived, rooms), words: newVocabulary()}
	for i := range a.rooms {
		name := fmt.Sprintf("room%d", i)
		a.rooms[i] = archived{name, fmt.Appendf(nil, "IN %s POST ", name), fmt.Appendf(nil, "OK POST %s ", name)}
	}
	a.questions = newQuestions(a.words, rooms)
	return a
}

// names are those of the rooms.
func (a *archive) names() (names []string) {
	for _, r := range a.rooms {
		names = append(names, r.name)
	}
	return names
}

// chance returns a source of random numbers, each time another one, and the same
// ones in every run.
func (a *archive) chance() *rand.Rand {
	a.chances++
	return rand.New(rand.NewPCG(seed, a.chances))
}

// note has every question expect a post, as far as the post is an answer to it.
func (a *archive) note(room int, text []byte) {
	for _, q := range a.questions {
		if q.fits(string(text)) {
			q.expected[room].Add(1)
		}
	}
}
