package offline

import (
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/proto"
)

// ignored returns the nicks that an account ignores and that can be read.
func (e *exporter) ignored(id uint64) (nicks []proto.Name, err error) {
	err = e.Each("SELECT "+db.IgnoredColumns+" FROM ignored WHERE account = ? ORDER BY fold", func(row *db.Row) error {
		_, nick, err := db.ScanIgnored(row)
		if err != nil {
			return e.damage("%v; the nick is left out", err)
		}
		nicks = append(nicks, nick)
		return nil
	}, int64(id))
	if db.IsUnreadable(err) {
		err = e.damage("nicks that the account of %s ignores are left out: %v", ids(int64(id), int64(id)), err)
	}
	return nicks, err
}

// ignoredRows checks the nicks that accounts ignore, of the accounts that are known.
func (c *checker) ignoredRows(known map[uint64]bool) error {
	return c.Each("SELECT "+db.IgnoredColumns+" FROM ignored ORDER BY account, fold", func(row *db.Row) error {
		owner, nick, err := db.ScanIgnored(row)
		switch {
		case err != nil:
			c.problem("%v", err)
		case !known[owner]:
			c.problem("nick %s is ignored by account %d, which is not there", nick.Shown, owner)
		}
		return nil
	})
}
