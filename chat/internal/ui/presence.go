package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chatd/proto"
)

const (
	foldFor   = time.Second // how long comings and goings are gathered into one line
	mostNames = 4           // more of them are only counted
)

// A fold is the comings and goings in the current room that are not shown yet.
type fold struct {
	came, gone []string
	until      time.Time // when they are shown; zero: there are none
}

// note takes a JOINED or LEFT. Who goes and comes back meanwhile is no news.
func (f *fold) note(l *proto.Line, now time.Time) {
	to, from := &f.came, &f.gone
	if l.Type == proto.LEFT {
		to, from = from, to
	}
	if i := slices.Index(*from, l.Nick); i >= 0 {
		*from = slices.Delete(*from, i, i+1)
	} else {
		*to = append(*to, l.Nick)
	}
	if f.until.IsZero() {
		f.until = now.Add(foldFor)
	}
}

// take returns what is gathered as one line, and forgets it; "": nothing.
func (f *fold) take() string {
	came, gone := f.came, f.gone
	*f = fold{}
	if len(came)+len(gone) <= mostNames {
		var words []string
		for _, nick := range came {
			words = append(words, "+"+nick)
		}
		for _, nick := range gone {
			words = append(words, "-"+nick)
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprintf("+%d -%d", len(came), len(gone))
}
