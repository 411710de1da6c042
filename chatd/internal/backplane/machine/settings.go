package machine

import (
	"math"

	"linechat/chatd/internal/backplane"
)

// settings are those of the whole chat. The zero value is none yet, and allows no room.
type settings struct {
	backplane.Settings
	version uint8 // of records that may be written; 0: 1
}

// maxRooms returns MaxRooms, alike on machines of 32 and of 64 bits.
func (v *settings) maxRooms() int { return int(min(v.MaxRooms, math.MaxInt32)) }

// set makes the first settings those of the chat, and takes the limits from later ones.
func (s *State) set(c *backplane.Settings) error {
	var none [16]byte
	switch {
	case c.Chat == none, s.settings.Chat != none && s.settings.Chat != c.Chat:
		return backplane.ErrOtherChat
	case s.settings.Chat == none:
		s.settings.Settings = *c
	}
	s.settings.Limits = c.Limits
	s.putSettings()
	return nil
}

// setVersion has newer records follow, if all epochs read them.
func (s *State) setVersion(version uint8) error {
	for _, e := range s.epochs.live {
		if e.speaks < version {
			return backplane.ErrNotSpoken
		}
	}
	s.settings.version = max(s.settings.version, version)
	s.putSettings()
	return nil
}

func (s *State) putSettings() {
	s.put(key(settingsRow), func(c *coder) { c.chatSettings(&s.settings) })
}

func (c *coder) chatSettings(v *settings) {
	c.settings(&v.Settings)
	c.byte(&v.version)
}
