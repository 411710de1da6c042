package main

import (
	"context"
	"strings"
)

// Telnet commands (RFC 854).
const (
	areYouThere      = "\xff\xf6"
	beginOfParameter = "\xff\xfa\x18" // SB TERMINAL-TYPE
	dataMark         = "\xff\xf2"
)

// askingWhoIsThere asks whether anybody is there.
func askingWhoIsThere() flood { return repeating(200, "", strings.Repeat(areYouThere, 2000)) }

// endlessParameter begins the parameter of a telnet option, which never ends.
func endlessParameter() flood { return repeating(200, beginOfParameter, strings.Repeat("x", 8000)) }

// urgentData sends telnet's Synch, which is urgent data.
func urgentData() flood {
	const inBurst = 5 // each is a segment of its own
	return flood{200, returnEvery, func(ctx context.Context, s *stranger) {
		s.insist(ctx, func() bool {
			for range inBurst {
				if sendUrgent(s.conn, dataMark) != nil {
					return false
				}
				s.sent += int64(len(dataMark))
			}
			return true
		})
	}}
}
