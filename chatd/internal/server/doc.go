// Package server has the sessions: one for each connection, with the handlers of its
// commands. It is where errors become refusals.
//
// # The shape
//
// A bufio.Scanner under a bounded split reads lines. One table of handlers carries the
// commands out, one after the other. What they answer waits in the session's outbox, and
// its writer writes that together with the lines of the rooms that the session is in.
//
//	peer ──► netpoll ──► telnet ──► conn.LineReader ──► handlers ──► hub.Room ──► backplane.Log ──► history.Store
//	                                                       │            │
//	                                                    replies     posts, events
//	                                                       ▼            ▼
//	peer ◄── netpoll ◄──────────── conn.Writer ◄───── conn.Outbox   the room's log
//	                                    ▲                               │
//	                                    └── a position for each member ◄┘
//
// A wake-up says that there is more, and carries nothing. That of a room is a Go channel
// that holds one token, for the room's goroutine. A session with nothing to do has no
// goroutine that could receive, so the wake-up of its writer is a [netpoll.Task]: who
// finds it idle writes, and who finds it running has it look once more. A user is reached
// by deliver alone (inbox.go): private lines go to the outbox, and all else waits in the
// inbox for the session's reader.
//
// # Goroutines
//
// The first column is what runs, the second who ends it and waits for its end.
//
//	Serve, one a listener             its caller, by Shutdown. Waits for a connection, or for
//	                                  descriptors.
//	workers of the netpoll.Loop       Shutdown. One leads: it waits for the input of all
//	                                  sessions, and is the reader of those that have some.
//	                                  A reader calls Block before it waits for a room, the
//	                                  store, its rate or its own peer; then another worker
//	                                  leads.
//	a reader of its own               Shutdown. Where the loop does not poll, each session has
//	                                  one, which waits for input, too.
//	Writer.writeLoop                  the session's reader, in Writer.Close. It exists while
//	                                  the peer takes no more for now, or while lines have to
//	                                  be read from the store, and waits for these two.
//	up to MaxRefusals in refuse       Shutdown. Each waits for its peer, half a second.
//	one in Shutdown                   Shutdown, unless the store hangs. It ends when all of
//	                                  these have.
//
// Those of rooms and of the store are theirs: see packages hub and sqlite. A session may
// wait for a room, a room for no session, and nothing for the log: chatd's main has a
// goroutine that writes it (logQueue). No mutex is held while a lock is taken, a socket
// or the log written, or the store called.
//
// A stop goes in this order: listeners, readers, rooms' posts, writers, BYE (Shutdown);
// then its caller closes the hub, the store, and at last the log. Where the store hangs, a
// session that waits for its answer does not end. Shutdown then returns ErrHung, and its
// caller ends the process with hub and store open: what was acknowledged is stored, and the
// next start finds the files as after a crash.
//
// # The way of a POST
//
// In, through each package once, and out again:
//
//	netpoll         loop_linux.go  step          sees the input and calls the session's serve
//	server          serve.go       execBuffered  has the lines among it carried out
//	conn            linereader.go  split         cuts out one line, which telnet has filtered
//	proto           command.go     ParseCommand  makes it a command, and finds its row
//	server          dispatch.go    run           checks state and role; post.go hands it over
//	hub             process.go     submit        gives the store what waits, as one batch
//	history/sqlite  commit.go      Append        stores the batches of all rooms with one sync
//	hub             process.go     complete      publishes, wakes the members, then answers
//	conn            writer.go      Flush         takes the room's lines, and after them the OK
//	netpoll         fd_unix.go     TryWrite      gives both to the system with one call
//
// # Invariants
//
// Each names the tests that prove it.
//
//   - A post's line comes before its OK: TestLineBeforeOK. What is published while a session
//     joins is written without a further wake-up: TestLinesPublishedBeforeOKJoinIsWritten.
//   - Who joins gets every post after the number in OK JOIN, once: TestComingAndGoingMissesNothing,
//     TestLeavingAndJoiningInOneWriteDoublesNothing. After OK LEAVE there is none:
//     TestNoLinesAfterLeave.
//   - Replies come in the order of the commands, and nothing comes between the lines of one:
//     TestRepliesKeepTheirOrder, TestNoEventInsideAReply.
//   - Commands other than posts wait for the posts before them: TestOtherCommandsWaitForPostsUnderWay.
//   - Nobody waits for a reader that is slow, who is caught up: TestStalledReaderIsEndedAlone,
//     TestSlowReaderIsCaughtUp, TestCatchingUpWaitsForTheStore. Nobody waits for a session
//     that waits: TestWhoWaitsHoldsUpNobody.
//   - While a session's output waits its input waits, and memory is bounded:
//     TestInputWaitsWhileOutputWaits, TestReaderWaitsAboveHighWater.
//   - A change of how lines are written holds from exactly one line on: TestBarrier.
//   - A session ends once, for one reason, whatever it is at: TestEveryStateCanBeEnded,
//     TestSessionsThatBeginAreEndedOnce. A stop stores what it acknowledges, and answers
//     what it does not carry out: TestStopStoresWhatItAcknowledges, TestStopAnswersTheCommandThatWaits.
//   - Nobody is ended for being silent but guests who give way: TestSilentGuestsGiveWay,
//     TestGivingWayIsBounded.
//   - A password is shown, kept and repeated nowhere: TestPasswordsAreNeverPosted,
//     TestRefusalsRepeatNoPassword. A test of the whole daemon searches its files and its log.
//   - What one origin does many times a second does not fill the log:
//     TestEndsAndRefusalsOfOneOriginAreSummedUp.
//   - Who logs in, registers and is ended at the same time leaves a name with its account, or
//     with nobody: TestRegisterAndLoginAtOnce, TestUnregisterDuringLogin,
//     TestPasswdDuringLogin, TestEndDuringLogin.
//   - No room is told of a nick that is in it already: TestLoginDuringRegisterIsNoNewNick,
//     TestLoginDuringLoginIsNoNewNick, TestNickIsGivenBackAfterItsRoomsKnow.
//   - Writing a line to a further member allocates nothing: TestFanOutAllocatesNothingPerMember.
//     An idle session has no goroutine, where the loop polls: TestIdleSessionsHaveNoFurtherGoroutines.
package server
