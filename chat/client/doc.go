// Package client speaks to chatd, for bots and for programs that people use. A
// [Client] keeps one connection. When that is lost it makes another, with the same
// nick and rooms, and sends again the posts that have no answer yet. What it speaks
// is protocol.md, in JSON (protocol.md, "JSON").
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
//		if _, err := c.Join(ctx, "go", client.CreateRoom); err != nil {
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
// Package [linechat/chat/client/clienttest] is for tests of bots.
//
// # Commands
//
// There is a method for each command that bots need, such as [Client.Join] and
// [Client.Post], which sends it and waits for its one answer; [Client.Do] does so for
// any command of protocol.md. [Client.PostAsync] and [Client.Send] do not wait.
// [Client.History], [Client.Search] and [Client.ListRooms] are for loops, and ask for
// one page after the other.
//
// A call whose context ends before the answer returns the context's cause. Its command
// may have been carried out; the answer, when it comes, is dropped.
//
// # Events and their order
//
// All that the server says by itself is an [Event], and so is what becomes of the
// connection. [Client.Handle] calls functions for them; [Client.Events] is the channel
// that they come from. Their order is that of the lines on the wire:
//
//   - Of a room, each number after those that Join has brought comes once, in ascending
//     order, as a [Message] or in a [Gap], also after a lost connection. Only a
//     [RoomReset] begins a room anew.
//   - The client's own post comes as a Message before it is answered; [Client.Own] tells
//     it from those of others. After Set("echo", false) it does not come.
//   - A [StateChange] comes before all that follows from it: before the messages of a
//     room that was joined, and before the [Answer] to the command that caused it. The
//     one to [Closed] is the last event.
//
// Events that were not taken wait in memory. When about a megabyte waits, the client
// reads no more from the server until some of it is taken, and then the server brings
// back what was missed (protocol.md, "Slow readers"). While a command waits for its
// answer the client reads on, so that whoever takes events may call commands; when
// 64 MB wait, these fail with [ErrUnread]. So whoever takes no events joins no room, or
// sets echo off where only its own posts come.
//
// # Goroutines
//
// Any number of goroutines may call the methods of a Client and of a [Request] at
// once. Commands of one goroutine are sent in the order of its calls, except that posts
// wait while the server's store fails, and others do not. A command that waits for its
// answer does not hold up those of others. Events are for one goroutine: each is handed
// out once, so two that take them have an order no longer. Values that the client has
// handed out, such as a [Session], it never changes.
//
// # Lost connections
//
// After a lost connection a StateChange to [Lost], or to [Closed] if
// Config.ReconnectTimeout allows no other, says why. The client tries again after a
// random pause of 0.2 to 1 second, then of up to 2, 4, 8 and 15 seconds. On the new
// connection it takes its nick with its key, sets what was set, and joins its rooms in
// the order in which they were joined, each after the last number that it has seen
// there. What was missed comes as Messages that are Replayed, and then a StateChange to
// [Init] or [InRoom]. Who came and went meanwhile is not said; [Client.Who] lists the
// members.
//
// If a guest's nick is in use the client goes on as a guest and asks for it every twenty
// seconds. If a room cannot be joined any more there is a [RoomLost]; one that is gone
// is created again if it was joined with [CreateRoom].
//
// Where Config.Server names several, each is tried once before the client pauses, from the
// one after the last on: when a server dies, stops or refuses connections, another takes
// its place after the first pause. Session.Server says which. One may be behind the others:
// that a room is gone, or has fewer posts than the client has seen, or that a login is none
// any more, is believed once as many servers in a row have said so as there are. What a
// server refuses otherwise, such as a nick, all refuse.
//
// Posts without an answer are sent again, under the ONCE key that they had, so that
// none is stored twice (protocol.md, "ONCE"), until the context of the call that waits
// for them ends; so are those that the server could not store. A post of which nine
// minutes later nobody knows whether it is stored fails with [ErrLost], because the
// server forgets keys. What only asks, such as History and Who, asks again. Other
// commands that were sent without an answer fail with ErrLost, and the bot decides.
// What has not been sent waits for the connection.
//
// # Accounts
//
// With Config.Account the client logs in on each connection before all else; a server
// that knows the certificate of Config.TLS as the key of an account logs it in by
// itself. [Session] has the account, and so has a [Message] that was posted from one:
// nobody else can have its nick.
//
// A client that was logged in never goes on as a guest, whose posts would have another
// name. When its login is refused on a new connection, it ends with that refusal, such
// as [BadLogin]; only a server that is too busy is tried again. When its session is
// ended by its owner, it ends with [ErrEnded].
//
// The Text of REGISTER, LOGIN and PASSWD is the password, and what they and LOGOUT
// have changed is so on the next connection, too. Passwords are refused with
// [NotSecure] where [Config.Secure] is false, before they are sent.
//
// # Errors
//
// A refusal, by the server or because a command cannot be sent as one line, is a
// [*proto.Error]. [errors.Is] compares it with a [Code], such as [NoSuchRoom];
// [errors.As] gets its Limit and its Wait.
//
// Dial fails with [ErrConfig], [ErrConnect] (which may wrap [ErrProtocol],
// [ErrFingerprint] or an error of crypto/tls, and of several servers [ServerErrors]) or a refusal of the nick or login. From
// commands come ErrLost, ErrUnread and [ErrTooLarge]; once the client has ended, from all
// of them and from [Client.Err], why it has: [ErrClosed], [ErrLost], ErrEnded, the
// refusal of a login, or [ErrReplaced] when another client came with the same nick and
// key.
//
// # Limits
//
// The server's are those of protocol.md, "Limits", as its administrator has set them.
// Of a session it reads 200 lines a second and then more slowly, which refuses nothing;
// only CREATE, NICK and TELL are refused with [RateLimited] and a Wait when they come
// too often. PostAsync has at most 256 posts under way, an answer at most 64 MB, and
// there is no limit on what waits to be sent.
package client
