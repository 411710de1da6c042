package ui

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// nickColors are of the 256 colours those that can be read on a dark and on a
// light ground.
var nickColors = []int{31, 36, 62, 66, 94, 97, 100, 125, 130, 133, 160, 168}

// A Palette colours words; the zero value leaves them as they are.
type Palette struct{ Color bool }

// Nick is a nick in the colour that it has everywhere.
func (p Palette) Nick(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(name)))
	return p.paint(fmt.Sprintf("38;5;%d", nickColors[h.Sum32()%uint32(len(nickColors))]), name)
}

// Dim is for what matters less, such as times and what is long past.
func (p Palette) Dim(text string) string { return p.paint("2", text) }

// Bold is for what is meant for the reader.
func (p Palette) Bold(text string) string { return p.paint("1", text) }

// paint gives text an SGR attribute. Colours within text end the attribute, so
// it is for text without any.
func (p Palette) paint(attribute, text string) string {
	if !p.Color || text == "" {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}
