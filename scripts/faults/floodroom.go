package main

import "strings"

// creatingRooms makes rooms until there are no more, ten on each connection.
func creatingRooms() flood {
	return flood{1, reconnectEvery, visiting(func(s *stranger) string {
		return repeated(10, func() string { return "CREATE " + s.newName() + "\n" })
	})}
}

// askingWho asks who is in the crowd's room.
func askingWho() flood { return repeating(200, "", strings.Repeat("IN "+crowdRoom+" WHO\n", 100)) }

// renaming changes nicks in the crowd's room.
func renaming() flood {
	return flood{200, returnEvery, staying("JOIN "+crowdRoom+"\n", func(s *stranger) string {
		return repeated(100, func() string { return "NICK " + s.newName() + "\n" })
	})}
}

// settingTopics sets the topic of the crowd's room.
func settingTopics() flood {
	return flood{200, returnEvery, staying("", func(s *stranger) string {
		return repeated(100, func() string { return "IN " + crowdRoom + " TOPIC " + s.newName() + "\n" })
	})}
}

// joiningAndLeaving joins the crowd's room and leaves it.
func joiningAndLeaving() flood {
	return repeating(25, "", strings.Repeat("JOIN "+crowdRoom+"\nLEAVE "+crowdRoom+"\n", 100))
}
