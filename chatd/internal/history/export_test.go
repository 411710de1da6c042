package history

// For the tests.
const (
	RoomFloor  = roomFloor
	RoomShare  = roomShare
	PackedSize = packedSize
)

func Size(p *Post) int { return size(p) }
