package sqlite

import (
	"encoding/binary"
	"hash/crc32"

	"linechat/chatd/internal/history"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A summer adds up the fields of a row. The zero value is ready.
type summer struct{ buf []byte }

func (s *summer) number(n int64) { s.buf = binary.AppendVarint(s.buf, n) }

func (s *summer) text(t string) {
	s.buf = binary.AppendUvarint(s.buf, uint64(len(t)))
	s.buf = append(s.buf, t...)
}

// sum returns the sum, and begins anew.
func (s *summer) sum() int64 {
	sum := crc32.Checksum(s.buf, castagnoli)
	s.buf = s.buf[:0]
	return int64(sum)
}

// post returns the sum of the row of a post.
func (s *summer) post(id, room int64, p *history.Post) int64 {
	s.number(id)
	s.number(room)
	s.number(int64(p.Seq))
	s.number(p.Time.UnixNano())
	s.text(string(p.Kind))
	s.text(p.Nick)
	s.text(p.Text)
	s.text(p.Once)
	return s.sum()
}

// room returns the sum of the row of a room.
func (s *summer) room(r *roomRow) int64 {
	s.number(r.id)
	for _, t := range []string{r.Name.Fold, r.Name.Skeleton, r.Name.Shown, r.Topic, r.TopicBy, r.Maker} {
		s.text(t)
	}
	s.number(nanos(r.Made))
	s.number(int64(r.First))
	s.number(r.last)
	return s.sum()
}
