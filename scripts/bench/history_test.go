package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// The words and phrases that are searched for are in as many posts as is said.
func TestVocabulary(t *testing.T) {
	const posts = 200_000
	v := newVocabulary()
	random := rand.New(rand.NewPCG(seed, 0))
	questions := newQuestions(v, 1)
	found := make([]int, len(questions))
	size := 0
	for range posts {
		text := v.appendText(nil, random)
		size += len(text)
		for i, q := range questions {
			if q.fits(string(text)) {
				found[i]++
			}
		}
	}
	for i, oneOf := range []float64{1, 5, 10_000, 1000, 300} {
		if got := posts / float64(found[i]); got < oneOf/1.5 || got > oneOf*1.5 {
			t.Errorf("%s fits one of %.1f posts, want one of %.0f", questions[i].name, got, oneOf)
		}
	}
	if got := float64(size) / posts; got < bodySize-2 || got > bodySize+2 {
		t.Errorf("posts have %.1f bytes on average", got)
	}
}

// Whatever an answer lacks or has too much of is seen.
func TestAnswers(t *testing.T) {
	v := vocabulary(strings.Fields("a b c d e f g first second"))
	v = append(v, make(vocabulary, rareRank)...)
	last, phrase := newQuestions(v, 1)[0], newSearch("phrase", "first second", "a")
	const past = "PAST 2026-11-23T10:00:00.000Z MSG go "
	for _, c := range []struct {
		question *question
		least    uint64
		answer   string
		wrong    string // "": nothing
	}{
		{last, 0, "OK HISTORY go 0 0\n", ""},
		{last, 1, past + "1 bob x\nNOTICE slow\n" + past + "2 bob y\nOK HISTORY go 2 2\n", ""},
		{last, 1, "OK HISTORY go 0 0\n", "brought 0 posts, of 1 at least"},
		{last, 0, past + "2 bob y\nOK HISTORY go 1 2\n", "brought 1 posts, of 2 at least"},
		{last, 0, past + "1 bob x\n" + past + "3 bob y\nOK HISTORY go 2 2\n", "ended with"},
		{last, 0, past + "1 bob x\nOK HISTORY go 2 2\n", "ended with"},
		{last, 0, past + "2 bob x\n" + past + "1 bob y\nOK HISTORY go 2 2\n", "behind post 2"},
		{last, 0, "GAP go 1 5 retention\nOK HISTORY go 0 5\n", "was answered with"},
		{last, 0, "ERR HISTORY store no\n", "was answered with"},
		{last, 0, past + "1 bob x\n", "was not answered"},
		{phrase, 1, past + "7 bob a first second\nOK SEARCH go 1 9\n", ""},
		{phrase, 1, past + "7 bob first second ab\nOK SEARCH go 1 9\n", "was answered with"},
		{phrase, 1, past + "7 bob first a second\nOK SEARCH go 1 9\n", "was answered with"},
		{phrase, 2, past + "7 bob a first second\nOK SEARCH go 1 9\n", "of 2 at least"},
		{phrase, 2, "GAP go 1 6 time\n" + past + "7 bob a first second\nOK SEARCH go 1 9\n", ""},
		{phrase, 1, past + "7 bob a first second\nOK SEARCH go 1 6\n", "ended with"},
		{phrase, 0, "OK SEARCH other 0 6\n", "ended with"},
	} {
		err := c.question.check(&answer{lines: []byte(c.answer), room: "go", least: c.least})
		if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%q: %v, want %q", c.answer, err, c.wrong)
		}
	}
}

// The table is made of a chatd of these sources, of which nothing is left.
func TestHistoryTable(t *testing.T) {
	var stdout, stderr bytes.Buffer
	dir := t.TempDir()
	args := strings.Fields("history --history-posts 3001 --history-rooms 11 --history-seconds 0.1 --dir " + dir)
	if code := run(args, &stdout, &stderr); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
	for _, want := range []string{"HistoryStart/posts=3001 sec/op", "History/posts=3001/question=HISTORY_100/posters=0 p50-sec", "question=SEARCH_two_words/posters=16 p50-sec"} {
		if !strings.Contains(read(t, stdout.String()), want) {
			t.Errorf("there is no %q", want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there are left %v, %v", left, err)
	}
	if t.Failed() {
		t.Logf("%s%s", stdout.String(), stderr.String())
	}
}
