package offline

import "linechat/chatd/internal/history/sqlite/internal/db"

// machineRows checks what a shared log has left.
func (c *checker) machineRows() error {
	return c.Each("SELECT "+db.MachineColumns+" FROM machine ORDER BY key", func(row *db.Row) error {
		if _, _, err := db.ScanMachine(row); err != nil {
			c.problem("%v", err)
		}
		return nil
	})
}
