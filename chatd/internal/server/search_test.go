package server

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
)

func TestSearchIsParsed(t *testing.T) {
	term := func(words string) history.Term { return history.Term{Words: strings.Fields(words)} }
	begin := func(words string) history.Term { return history.Term{Words: strings.Fields(words), Prefix: true} }
	for text, want := range map[string]searchQuery{
		"deploy":                             {Query: history.Query{Limit: 20, Terms: []history.Term{term("deploy")}}, words: 1},
		`"two words" mig* "deploy fai"*`:     {Query: history.Query{Limit: 20, Terms: []history.Term{term("two words"), begin("mig"), begin("deploy fai")}}, words: 5},
		"from:Alice before:10 limit:15":      {Query: history.Query{Limit: 15, Before: 10, Nick: "alice"}},
		"limit:1000 a":                       {Query: history.Query{Limit: 1000, Terms: []history.Term{term("a")}}, words: 1},
		"since:2h a":                         {Query: history.Query{Limit: 20, Terms: []history.Term{term("a")}}, aged: true, age: 2 * time.Hour, words: 1},
		"failed: see:12":                     {Query: history.Query{Limit: 20, Terms: []history.Term{term("failed"), term("see 12")}}, words: 3},
		`"from:alice"`:                       {Query: history.Query{Limit: 20, Terms: []history.Term{term("from alice")}}, words: 2},
		strings.Repeat("w ", maxSearchWords): {Query: history.Query{Limit: 20, Terms: repeat(term("w"), maxSearchWords)}, words: maxSearchWords},
	} {
		if got, err := parseSearch(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"?!", "m*", "limit:0 a", "limit:1001 a", "before:0 a", "before:x a", "since:monday a", "from:9 a", strings.Repeat("w ", maxSearchWords+1)} {
		if q, err := parseSearch(text); err == nil {
			t.Errorf("%q is taken for %+v", text, q)
		}
	}
}

func repeat(term history.Term, n int) (terms []history.Term) {
	for range n {
		terms = append(terms, term)
	}
	return terms
}

// What is found is read in runs, so that a word of all posts costs no read for each.
func TestRunsOfNumbers(t *testing.T) {
	for _, test := range []struct {
		seqs []uint64
		want string
	}{{nil, ""}, {[]uint64{7}, "7-7 "}, {[]uint64{1, 2, 3, 5, 7, 8}, "1-3 5-5 7-8 "}} {
		got := ""
		for p := (past{found: test.seqs}); p.more(); p.left = 0 {
			got += fmt.Sprintf("%d-%d ", p.from, p.to)
		}
		if got != test.want {
			t.Errorf("the runs of %v are %q, want %q", test.seqs, got, test.want)
		}
	}
}
