// Package client speaks to chatd for bots and for programs that people use: one
// connection that is taken up again when it is lost, with its nick, its rooms
// and the posts that nobody has acknowledged. protocol.md is what it speaks,
// always in JSON (protocol.md, "JSON").
//
// A bot that tells the time to whoever asks for it in the room go:
//
//	package main
//
//	import (
//		"context"
//		"log"
//		"os"
//		"os/signal"
//		"time"
//
//		"linechat/chat/client"
//	)
//
//	func main() {
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
//		defer stop()
//		c, err := client.Dial(ctx, client.Config{Server: "localhost:5001", Nick: "clock"})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer c.Close()
//		if _, err := c.Join(ctx, "go", client.Replay{}); err != nil {
//			log.Fatal(err)
//		}
//		err = c.Handle(ctx, client.On(func(m client.Message) error {
//			if m.Text != "!time" {
//				return nil
//			}
//			_, err := c.Post(ctx, m.Room, m.Nick+": "+time.Now().Format(time.Kitchen))
//			return err
//		}))
//		log.Print(err)
//	}
//
// # Commands
//
// [Client.Do] and the methods of single commands wait for the one reply of
// their command. Any number of goroutines may call them at once; commands go out
// in the order of the calls, without waiting for one another. A command is
// refused by the server, or here, with a [*proto.Error]. A field that would
// change the meaning of its line (a line break or NUL anywhere, a blank in a
// word, what is not UTF-8) is refused here, and nothing is sent.
//
// A call whose context ends first returns the context's error. Its command may
// have been carried out; the reply, when it comes, is passed over.
//
// # Events
//
// [Client.Events] has everything that the server says by itself, in order, and
// what the client has to say of the connection. What it has not handed out yet
// waits in memory. When about a megabyte waits, the client reads no more from
// the server until some of it has been taken; the server catches it up then
// (protocol.md, "Slow readers"). While a call waits for its reply reading goes
// on, so that the goroutine which takes events may call commands as well; when
// 64 MB of events wait, the calls fail with [ErrUnread].
//
// # When the connection is lost
//
// The client dials again after a pause of 0.2 to 1 second, then up to 2, 4, 8
// and 15 seconds. On the new connection it takes its nick back with its key,
// and joins its rooms in the order in which it joined them, each after the
// last number seen. What is brought back comes as [Message] events with Replayed set,
// so each number of a room comes once and in order. If the nick is not to be
// had, the client goes on as a guest, says so in a [StateChange], and asks
// again every twenty seconds.
//
// Posts that were sent without an answer are sent again under the ONCE key
// they had (protocol.md, "ONCE"), and so are those that the server answered
// with store or unknown, until their context ends. A post of which nine
// minutes later it is still not known whether it was stored fails with
// [ErrLost]: the server may have forgotten its key, and to send it again might
// double it. Other commands that were sent without an answer fail with
// ErrLost. What has not been sent waits.
//
// A connection that another one has replaced, with the same nick and key, is not
// taken up again: the client ends with [ErrReplaced].
package client
