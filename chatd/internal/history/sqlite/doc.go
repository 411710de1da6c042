// Package sqlite is the history.Store that keeps rooms on disk.
//
// The data directory holds chat.db, with the rooms and posts, and search.db, the
// full-text index. chat.db is the truth: whatever is acknowledged has been synced
// there. search.db is derived from it a little later, outside the acknowledgement,
// and rebuilt when it is missing or damaged.
//
// One goroutine, the committer, writes chat.db. It commits everything that waits, of
// all rooms, in one transaction with one sync, and answers afterwards; meanwhile the
// next requests gather (group commit: J. Gray and A. Reuter, 1993). A second
// goroutine, the indexer, keeps search.db up to date, and a third, the deleter, carries
// out retention and deletes what is left of rooms that were dropped; a fourth measures how
// large the files are. Close ends all four and waits for them.
//
// A store that is shared is the copy that a machine has of a log. Copy.Apply stores what came
// of its records, with the position of the last in the same transaction, and nothing else
// changes rooms, posts and accounts. Sessions may be told before that: reading waits for it, and
// goes on with what is there while it fails. A
// commit does not wait for the disk then: what a power cut takes the log has, and it is applied
// again. Retention is each machine's own.
//
// internal/db reads and writes the files; offline checks, compares, backs up, restores,
// exports and imports them.
package sqlite
