// Package jetstream is the backplane.Log of a chat on several machines. Their log is one stream
// of NATS JetStream: nats-server orders, replicates and keeps its records, and each machine
// applies all of them, by package machine, to a copy of its own.
//
// A machine publishes one record at a time and gathers the next one meanwhile. It has arrived
// when the log delivers it back, and is published again until it has: the function of package
// machine counts it once. Records are delivered as the stream's leader stores them, on
// live.log; a machine fetches those that it has missed, from any server, and asks for more
// where nothing comes for a quarter of a second. So neither needs a consumer, which a server
// would have to keep.
//
// While nothing is heard a machine looks for a nats-server that reaches the stream's leader, and
// goes on there. How long nats-server takes to have a leader again is not in its hands: four to
// nine seconds from the last word of the one before, or from its own start where all were gone,
// and as long again where the votes are split. What the machine adds is a quarter of a second, or
// half a second more where it is asking just then how the stream is.
//
// One goroutine of a Log, run, does all of that, but for a record that whoever submits can
// publish at once, and tells the hub what came of it. The copyWriter's has the copy store that a
// little later, many records in one transaction: what is told is in the log, from which a copy
// that a crash has left behind goes on. Another goroutine, answer, answers the questions of other
// machines; a purge of the stream, the making of a copy for another machine and the looking for a
// server have their own while they last. Close ends all and waits for them.
//
// No other package imports nats.go.
package jetstream
