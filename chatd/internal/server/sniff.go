package server

import "strings"

// sniff recognises a client of another protocol by how its first line begins.
// Of a line that is too long only the beginning is known.
func sniff(line []byte, tooLong bool) *closeReason {
	text := string(line)
	switch {
	case strings.HasPrefix(text, "\x16\x03"):
		return tls
	case strings.HasPrefix(text, "SSH-"):
		return ssh
	case text == "\x00", strings.HasPrefix(text, "PROXY TCP"), strings.HasPrefix(text, "PROXY UNKNOWN"):
		return proxy // what is left of the first line of version 2 that is not empty, or version 1
	}
	fields := strings.Fields(text)
	n := len(fields)
	request := (n == 2 || n == 3) && strings.HasPrefix(strings.ToUpper(fields[n-1]), "HTTP/")
	if tooLong && n > 1 {
		request = strings.HasPrefix(fields[1], "/") || strings.Contains(fields[1], "://")
	}
	if request {
		return http
	}
	return nil
}
