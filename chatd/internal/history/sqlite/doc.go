// Package sqlite is the history.Store that keeps rooms on disk.
//
// In the data directory are chat.db, which has the rooms and posts, and
// search.db, which has the words of the posts. The first is the truth: what is
// acknowledged has been synced in it. The second is made from the first, a
// little later, synced only where SQLite moves its WAL, and made anew when it is
// missing or damaged: so
// that looking words up and noting them costs no acknowledgement anything.
//
// One goroutine, the committer, writes chat.db. It takes all that waits, of all
// rooms, into one transaction with one sync, and answers behind it; meanwhile
// the next ones come together (group commit: J. Gray and A. Reuter, 1993). A
// second goroutine, the indexer, follows it with search.db, and a third, the
// keeper, drops what is not to be kept any longer.
package sqlite
