//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package prompt

import "linechat/chat/internal/terminal"

// Open takes over the terminal, which is not possible on this system yet.
func Open(Options) (Prompt, error) { return nil, terminal.ErrNotATerminal }
