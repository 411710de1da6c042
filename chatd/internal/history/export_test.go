package history

// For the tests.
const (
	RoomFloor = roomFloor
	RoomShare = roomShare
)
