package db

import (
	"fmt"

	"linechat/chatd/proto"
)

// IgnoredColumns are the columns of the nicks that accounts ignore, in the order in which rows
// are scanned.
const IgnoredColumns = "account, fold, shown, sum"

// ScanIgnored reads a nick and the id of the account that ignores it. ErrDamaged.
func ScanIgnored(row Scanner) (owner uint64, nick proto.Name, err error) {
	var fold, shown string
	var sum int64
	if err = row.Scan(&owner, &fold, &shown, &sum); err != nil {
		return owner, nick, err
	}
	nick, err = proto.ParseNick(shown)
	if err != nil || nick.Fold != fold || new(Checksum).ignored(owner, &nick) != sum {
		err = fmt.Errorf("%w: the row of nick %q, which account %d ignores, has changed", ErrDamaged, shown, owner)
	}
	return owner, nick, err
}

func (s *Checksum) ignored(owner uint64, nick *proto.Name) int64 {
	s.number(int64(owner))
	s.text(nick.Fold)
	s.text(nick.Shown)
	return s.sum()
}

// Ignored returns the nicks that an account ignores, sorted by their folds. ErrDamaged.
func (c *Conn) Ignored(owner uint64) (nicks []proto.Name, err error) {
	err = c.Each("SELECT "+IgnoredColumns+" FROM ignored WHERE account = ? ORDER BY fold", func(row *Row) error {
		_, nick, err := ScanIgnored(row)
		nicks = append(nicks, nick)
		return err
	}, int64(owner))
	return nicks, err
}

// Ignore inserts a nick that an account ignores, if it is not there.
func (t *Tx) Ignore(owner uint64, nick *proto.Name) error {
	return t.Exec("INSERT OR IGNORE INTO ignored ("+IgnoredColumns+") VALUES (?, ?, ?, ?)", int64(owner), nick.Fold, nick.Shown, t.sums.ignored(owner, nick))
}

// Unignore deletes nicks that an account ignores: the one of that fold, or with "" all.
func (t *Tx) Unignore(owner uint64, fold string) error {
	return t.Exec("DELETE FROM ignored WHERE account = ? AND ? IN ('', fold)", int64(owner), fold)
}
