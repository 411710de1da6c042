package db

import "fmt"

// maxErased is how many pages a file may have for StalePages: in a larger one a page of
// another kind, which begins with the number of the next one, could look like one of a
// b-tree.
const maxErased = 2 << 24

// StalePages returns those of n pages, from number from on, in which copies of deleted
// rows may be left, and the number of the page after them, 0 after the last one. With
// secure_delete SQLite overwrites what it deletes, but when it moves rows between pages,
// it leaves copies in the space that is free then.
func (c *Conn) StalePages(from, n int64) (stale []int64, next int64, err error) {
	var pages int64
	if err := c.One("PRAGMA page_count").Scan(&pages); err != nil || pages >= maxErased {
		return nil, 0, err
	}
	for next = from; next < min(from+n, pages+1); next++ {
		_, found, err := c.erased(next)
		if err != nil {
			return nil, 0, err
		}
		if found {
			stale = append(stale, next)
		}
	}
	if next > pages {
		next = 0
	}
	return stale, next, nil
}

// Erase overwrites what StalePages has found. It must be called in a transaction.
func (c *Conn) Erase(stale []int64) error {
	for _, number := range stale {
		page, found, err := c.erased(number)
		if err == nil && found {
			err = c.Exec("UPDATE sqlite_dbpage SET data = CAST(? AS BLOB) WHERE pgno = ?", page, number)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EraseAll overwrites what StalePages finds in the whole file, n pages in a transaction.
func (c *Conn) EraseAll(n int64) error {
	for from := int64(1); from > 0; {
		stale, next, err := c.StalePages(from, n)
		if err == nil && len(stale) > 0 {
			err = c.Transact(func() error { return c.Erase(stale) })
		}
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// erased returns a page with nothing in its free space, and whether there was something.
func (c *Conn) erased(number int64) (page string, found bool, err error) {
	if err := c.One("SELECT CAST(data AS TEXT) FROM sqlite_dbpage WHERE pgno = ?", number).Scan(&page); err != nil {
		return "", false, fmt.Errorf("page %d: %w", number, err)
	}
	b := []byte(page)
	free := freeSpace(b, number)
	for _, left := range free {
		found = found || left != 0
	}
	clear(free)
	return string(b), found, nil
}

// freeSpace returns the part of a b-tree page that is between the array of cells and the
// cells (SQLite, "Database File Format", section 1.6). Other pages have none.
func freeSpace(page []byte, number int64) []byte {
	header := page
	if number == 1 {
		header = page[100:]
	}
	size := 8
	switch header[0] {
	case 2, 5:
		size = 12
	case 10, 13:
	default:
		return nil
	}
	begin := len(page) - len(header) + size + 2*(int(header[3])<<8|int(header[4]))
	end := int(header[5])<<8 | int(header[6])
	if begin > end || end > len(page) {
		return nil
	}
	return page[begin:end]
}

// TruncateWAL moves the WAL into the file and empties it, unless a reader needs it. It
// waits for nobody. It must not be called in a transaction.
func (c *Conn) TruncateWAL() (done bool, err error) {
	c.raw.SetBusyTimeout(0)
	defer c.raw.SetBusyTimeout(busyTimeout)
	var busy int
	err = c.One("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy)
	return busy == 0 && err == nil, err
}
