package main

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// nickColors are of the 256 colours those that can be read on a dark and on a
// light ground.
var nickColors = []int{31, 36, 62, 66, 94, 97, 100, 125, 130, 133, 160, 168}

// nick is a nick in the colour that it has everywhere.
func (o *printer) nick(name string) string {
	if !o.color {
		return name
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(name)))
	return fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", nickColors[h.Sum32()%uint32(len(nickColors))], name)
}

func (o *printer) dim(text string) string {
	if !o.color {
		return text
	}
	return "\x1b[2m" + text + "\x1b[0m"
}
