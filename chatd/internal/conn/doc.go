// Package conn is one connection's lines in and out: a LineReader for what comes in,
// an Outbox for the answers and private lines that wait to be written, and a Writer that
// writes them and the lines of the rooms that the session is in.
package conn
