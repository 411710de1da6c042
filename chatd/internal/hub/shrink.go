package hub

// ShrinkLogs has the logs of all rooms take that part of Config.LogBytes, in hundredths, from
// now on: what is above it is dropped at once. Members that are behind read it from the store.
// Any goroutine may call it.
func (h *Hub) ShrinkLogs(percent int) {
	saved := h.config.LogBytes * int64(100-percent) / 100
	if h.budget.saved.Swap(saved) >= saved {
		return
	}
	for _, r := range h.acquireAll() {
		r.mu.Lock()
		r.log.trim(h.budget.share())
		r.mu.Unlock()
		r.Release()
	}
}

// acquireAll returns all rooms that are loaded and in use, each with a further reference.
func (h *Hub) acquireAll() (rooms []*Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		if r.refs > 0 && r.loaded() && r.failed == nil {
			r.refs++
			rooms = append(rooms, r)
		}
	}
	return rooms
}
