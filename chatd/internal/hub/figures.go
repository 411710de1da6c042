package hub

// Figures say how much a Hub holds.
type Figures struct {
	Rooms, GuestRooms, MaxRooms int // in the store
	RoomsInUse                  int
	Members                     int   // sessions in rooms, one for each of their rooms
	LogBytes                    int64 // memory of the rooms' logs
}

// Figures returns how much the hub holds. Any goroutine may call it.
func (h *Hub) Figures() Figures {
	f := Figures{MaxRooms: h.config.MaxRooms, LogBytes: h.budget.used.Load()}
	counts := h.counts()
	f.Rooms, f.GuestRooms = counts.All, counts.Guests
	h.mu.Lock()
	defer h.mu.Unlock()
	f.RoomsInUse = len(h.rooms)
	for _, r := range h.rooms {
		f.Members += r.Connections()
	}
	return f
}
