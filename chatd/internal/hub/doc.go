// Package hub holds the rooms in use and the nicks that are taken.
//
// # A room
//
// Every room is a row of the store. It is a [Room], with a goroutine and memory, only
// while somebody has a reference to it ([Hub.Open], [Room.Release]) and for a few
// seconds after that. A room has one order: posts with the numbers 1, 2, 3 and so on,
// and between them the events JOINED, LEFT, RENAMED, TOPIC and GAP.
//
// What a room publishes goes in batches into one log that all members share. A batch
// is encoded once for each form in use (text or JSON, LF or CR LF), and every member
// writes the same bytes. A member is a [Cursor], a position in the log, and reads
// without a lock. The logs of all rooms share a budget of memory. A cursor that has
// fallen behind the first batch of the log reads pages of the store until it has
// caught up.
//
// # A post's way through a room
//
//  1. The session's reader puts the post into the room's inbox ([Room.TryPost], or
//     [Room.Post], which waits while the inbox is full), and has the room process it
//     ([Room.TryProcess] here and now, [Room.Notify] on the room's goroutine).
//  2. drainInbox takes all posts of the inbox. A post whose ONCE key is known gets its
//     answer here.
//  3. submit gives the backplane's log what waits, as one change. On one machine one is
//     under way at a time, and posts that come meanwhile leave with the next; a shared log
//     is given them at once, and gathers them itself.
//  4. deliver puts the verdict among the room's results. complete takes it from there,
//     publishes the posts, wakes the members, answers the posts, and wakes the posters.
//
// One goroutine at a time does steps 2 to 4: whoever calls TryProcess while nobody
// does, else the room's goroutine. No mutex says so but a counter (task): who finds
// the task taken goes on with other work, and who has it looks once more.
//
// A panic in these steps ends the daemon, and not only a session: a room whose state is
// unknown must not go on, and the store has all that was acknowledged.
//
// A room that is to be deleted ([Hub.Drop]) refuses posts, finishes those under way, leaves
// the store and then the map of rooms in use, and ends its memberships. A room that is made
// with its name afterwards is another one. A guest's room that nobody ever used goes by
// itself: its place in the map is held meanwhile, and whoever opens it waits.
//
// Where the outcome of a change is unknown, and the log is one machine's, the room recovers:
// it refuses posts, reads back what is stored, publishes that, and only then takes posts again.
//
// # Several machines
//
// A shared log decides what else the hub does: ONCE keys, how many rooms there may be, and who
// has a nick in the whole chat. Sessions are told to it as they come and go (shared.go), and
// it delivers what other machines have done (deliver.go): the hub notes who is where
// (others.go), and each room in use takes posts, topics and presence among its results, in the
// order of the log (elsewhere.go). A room that comes into use begins with the members that the
// hub knows of then.
//
// # Goroutines
//
// Close waits for all of them.
//
//   - Each room in use has one. It loads the room, then processes posts when it is
//     notified, and says of nicks that come and go too often whether they are there. It
//     waits for nothing else.
//   - A room that recovers has one that waits for the store.
//   - One of the hub looks for guests' rooms that nobody uses, and deletes them.
//
// # What may wait for what
//
// A session may wait for a room: for a load, for space in the inbox, for a topic. It
// calls [Blocker.Block] first. A room waits for no session, and while it processes
// posts for neither the store nor the log.
//
// Six mutexes guard the state: of the hub (the map of rooms and their reference
// counts), of a room (its members and the writing end of its log), of its inbox, of
// the ONCE keys, of how many rooms there are, and of the nicks. Each is held for moments. Nobody who holds one
// takes another, wakes or answers anyone, logs, or calls the store. (A room with its mutex
// held tells a shared log who joins and leaves, which only queues it: so the log has it in the
// order of the room.) Members are copy-on-write, so that a room wakes them without its mutex.
//
// # Invariants
//
// Each names the tests that prove it.
//
//   - A post is stored, then published, then the members are woken, then it is
//     answered: TestPostIsStoredThenReadThenAnswered.
//   - Nobody reads beyond the published head: TestNobodyReadsBeyondThePublishedHead,
//     TestCatchingUpNeverPassesThePublishedHead.
//   - The number that Join returns is the published head. A batch under way comes after
//     it: TestJoinBeginsAtThePublishedHead.
//   - A member reads each post after that once and in order, whether from the log or
//     from the store: TestJoinersNeitherMissNorRepeatPosts,
//     TestCursorReadsEachPostOnceAndInOrder, TestPostReadsTheSameFromLogAndStore.
//   - A member reads nothing that is published after Leave: TestMemberReadsNothingAfterLeave.
//   - Who joins, leaves or asks waits for no post, log line, store or other member:
//     TestMembersDoNotWaitForPosts, TestRoomGoesOnWhileItsStoreHangs.
//   - Nothing is logged while a mutex is held or posts are processed:
//     TestRoomDoesNotWaitForTheLog.
//   - A post that was handed over is processed, whoever was processing:
//     TestPostIsProcessedWhoeverIsProcessing.
//   - A failed Append uses no number: TestFailedPostsUseNoNumber.
//   - What an Append of unknown outcome has stored is published before the next one:
//     TestUnknownPostsArePublishedIfTheyAreStored. A room that has recovered refuses no
//     post that it takes after that: TestNothingIsRefusedAfterRecovery.
//   - A ONCE key posts once in its room: TestOnceKeyPostsOnce,
//     TestRepeatOfAPostUnderWayWaitsForItsAnswer, TestUnknownPostIsResolvedByItsKey. A flood
//     of keys forgets its own: TestOnceForgetsTheOldestKeysOfWhoeverHasMost.
//   - After OK CREATE the room is there for everyone: TestRoomIsThereOnceItIsCreated.
//   - A room takes a bounded number of posts, and only posting waits beyond that:
//     TestPostingWaitsOnlyBeyondItsBound.
//   - The logs keep to their budget: TestLogsShareTheirBudget. Reading them allocates
//     nothing: TestReadingTheLogAllocatesNothing.
//   - The sessions of an account are one nick in a room, which comes with the first and goes
//     with the last: TestNickOfSeveralSessionsComesAndGoesOnce.
//   - Who comes and goes is told of in bounded measure, and what was told last of a nick is
//     true: TestWhoComesAndGoesIsToldOfOnce, TestPresenceEndsInTheTruth.
//   - A login by a proof that was taken away meanwhile has no effect: TestLoginByAnOutdatedProof.
//   - A room that is deleted is whole until then and gone from then on: TestDropAnswersPostsUnderWay,
//     TestDroppedRoomIsGone, TestRoomOfADroppedName, TestDropThatFails,
//     TestUnusedRoomIsOpenedWhileItGoes.
//   - GAP names exactly what retention has deleted: TestGapNamesWhatRetentionHasDropped.
package hub
