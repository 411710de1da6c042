package client

import "context"

// A Handler does something about events. [On] makes one.
type Handler func(Event) error

// On returns a Handler that calls f for the events of one type, which is that of
// f's argument, such as [Message]. If it is [Event], f is called for all.
func On[E Event](f func(E) error) Handler {
	return func(event Event) error {
		if e, ok := event.(E); ok {
			return f(e)
		}
		return nil
	}
}

// Handle takes the events from [Client.Events], one after the other, and calls
// the handlers for each, in their order. It returns when a handler returns an
// error, which it returns as it is; when ctx has ended, with its cause; and when
// the client has ended, with Err. It does not close the client, and never
// returns nil.
//
// Handlers run in the goroutine that has called Handle. They may call commands, and
// wait for their answers.
func (c *Client) Handle(ctx context.Context, handlers ...Handler) error {
	for ctx.Err() == nil {
		select {
		case event, ok := <-c.out:
			if !ok {
				<-c.ended
				return c.Err()
			}
			for _, handle := range handlers {
				if err := handle(event); err != nil {
					return err
				}
			}
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}
