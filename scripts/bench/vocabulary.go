package main

import (
	"math"
	"math/rand/v2"
)

// How many words there are, and what all chance in the table of history begins
// with.
const (
	vocabularySize = 20_000
	seed           = 1
)

// Ranks of words that are searched for.
const (
	commonRank = 4     // in 1 of 5 posts
	otherRank  = 50    // in 1 of 50
	rareRank   = 9_000 // in 1 of 10,000
	firstRank  = 8     // directly before the second: in 1 of 1,000
	secondRank = 9
)

// A vocabulary is words that are all different, the most frequent first.
type vocabulary []string

// newVocabulary returns the same words every time.
func newVocabulary() vocabulary {
	random := rand.New(rand.NewPCG(seed, 0))
	known := make(map[string]bool)
	v := make(vocabulary, 0, vocabularySize)
	for len(v) < vocabularySize {
		var word []byte
		for range 2 + random.IntN(3) {
			word = append(word, "bdfghjklmnprstvz"[random.IntN(16)], "aeiou"[random.IntN(5)])
		}
		if !known[string(word)] {
			known[string(word)] = true
			v = append(v, string(word))
		}
	}
	return v
}

// word returns the word of a rank: 1, 2, 3 …
func (v vocabulary) word(rank int) string { return v[rank-1] }

// draw returns the word of rank r with probability log(1+1/r)/log(1+n), which is
// about as Zipf's law has it.
func (v vocabulary) draw(random *rand.Rand) string {
	n := float64(len(v))
	return v.word(min(int(math.Exp(random.Float64()*math.Log(1+n))), len(v)))
}

// appendText appends words that are together about as long as a body.
func (v vocabulary) appendText(dst []byte, random *rand.Rand) []byte {
	begin := len(dst)
	for len(dst)-begin < bodySize-3 {
		if len(dst) > begin {
			dst = append(dst, ' ')
		}
		dst = append(dst, v.draw(random)...)
	}
	return dst
}
