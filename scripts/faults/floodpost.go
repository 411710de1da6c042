package main

import (
	"strings"
	"time"
)

// Rooms of attacks, beside the crowd's.
const (
	otherRoom   = "other"
	libraryRoom = "library"
)

// postingAgain is one client that sends about as many posts as a session may send at once, each
// of almost the longest line, and comes back as another session.
func postingAgain() flood {
	const posts = 990
	input := "JOIN " + otherRoom + "\n" + strings.Repeat("POST "+strings.Repeat("x", 8000)+"\n", posts) + "QUIT\n"
	return flood{1, 100 * time.Millisecond, visiting(func(*stranger) string { return input })}
}

// postingToCrowd posts to the crowd's room.
func postingToCrowd() flood { return posting(crowdRoom) }

// postingElsewhere posts to a room of the strangers' own.
func postingElsewhere() flood { return posting(otherRoom) }

func posting(room string) flood {
	return repeating(200, "JOIN "+room+"\n", strings.Repeat("POST "+strings.Repeat("x", 64)+"\n", 100))
}

// postingOnce posts with ONCE keys, which push out others.
func postingOnce() flood {
	return flood{200, returnEvery, staying("JOIN "+otherRoom+"\n", func(s *stranger) string {
		return repeated(100, func() string { return "ONCE " + s.newName() + " POST x\n" })
	})}
}

// repeated returns the texts of n calls.
func repeated(n int, text func() string) string {
	var b strings.Builder
	for range n {
		b.WriteString(text())
	}
	return b.String()
}
