package jetstream

import "context"

// Publish publishes what no log does.
func (c *Cluster) Publish(record []byte) error { return c.conn.Publish(logSubject, record) }

// PublishStored publishes a record, and returns when it is stored, and all before it are.
func (c *Cluster) PublishStored(record []byte) error {
	_, err := c.conn.Request(logSubject, record, timeLimit)
	return err
}

// LeaderEntry returns the bytes of a record as the stream's leader has it.
func (c *Cluster) LeaderEntry(ctx context.Context, seq uint64) ([]byte, error) {
	e, err := c.leaderEntry(ctx, seq)
	return e.data, err
}

// BelieveAtOnce has whoever says that the stream is another one be believed at once.
func (c *Cluster) BelieveAtOnce() { c.stale = 0 }
