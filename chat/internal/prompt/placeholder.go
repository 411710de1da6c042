package prompt

import (
	"strings"

	"linechat/chat/internal/screen"
)

// liner's line has no place for line breaks and tabs. In it noncharacters
// stand for them, which Unicode reserves for such use within a program; one
// that is typed or pasted is dropped.
const (
	breakPlaceholder = '\uFDD0'
	tabPlaceholder   = '\uFDD1'
	placeholders     = "\uFDD0" // no text that sorts before it begins with one
)

var (
	hide = strings.NewReplacer("\r\n", string(breakPlaceholder), "\n", string(breakPlaceholder),
		"\r", string(breakPlaceholder), "\t", string(tabPlaceholder))
	unhide = strings.NewReplacer(string(breakPlaceholder), "\n", string(tabPlaceholder), "\t")
)

// placeholderSigns is how they are drawn.
var placeholderSigns = strings.NewReplacer(string(breakPlaceholder), "␤", string(tabPlaceholder), "␉")

func isNoncharacter(r rune) bool {
	return 0xFDD0 <= r && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}

// editable makes of text what can stand in liner's line: line breaks and tabs
// become their placeholders, what disturbs is dropped.
func editable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\r' && r != '\t' && (screen.Disturbs(r) || isNoncharacter(r)) {
			return -1
		}
		return r
	}, text)
	return hide.Replace(text)
}

// entered is the text of a line of liner's.
func entered(line string) string { return unhide.Replace(line) }
