package jetstream

// Publish publishes what no log does.
func (c *Cluster) Publish(record []byte) error { return c.conn.Publish(logSubject, record) }
