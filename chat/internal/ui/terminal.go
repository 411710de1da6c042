package ui

import "linechat/chat/internal/console"

// A Terminal is where a person types and reads: a *console.Console, or, where
// there is none to edit on, a Plain. Its methods are those of Console, and may
// be called from any goroutine.
type Terminal interface {
	Lines() <-chan console.Line
	Err() error
	Print(text string)
	SetPrompt(text string)
	SetStatus(text string)
	SetHistory(entries []string)
	Bell()
	Close() error
	Guard()
}
