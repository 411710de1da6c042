package main

// guessingKeys guesses the key of a nick in the crowd, ten times on each connection.
func guessingKeys() flood {
	return flood{5, reconnectEvery, visiting(func(s *stranger) string {
		return repeated(10, func() string { return "NICK " + crowdNick(1) + " " + s.newName() + "\n" })
	})}
}

// tellingAgain sends one of the crowd as many private lines as a session may send at once,
// and comes back as another session.
func tellingAgain() flood {
	return flood{2, reconnectEvery, visiting(func(*stranger) string {
		return repeated(30, func() string { return "TELL " + crowdNick(1) + " buy this\n" })
	})}
}
