package ui

import "strings"

// remembers reports whether a line goes to the history: not one that has, or
// may have, a key in it, nor one that begins with a blank.
func remembers(line string) bool {
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
		return false
	}
	fields := strings.Fields(strings.ToLower(strings.TrimPrefix(line, "/")))
	for len(fields) > 2 && (fields[0] == "in" || fields[0] == "once") { // prefixes
		fields = fields[2:]
	}
	if len(fields) == 0 {
		return true
	}
	switch fields[0] {
	case "nick":
		return len(fields) < 3
	case "login", "register", "passwd":
		return false
	}
	return true
}
