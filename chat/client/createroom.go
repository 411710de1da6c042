package client

import (
	"errors"
	"slices"

	"linechat/chatd/proto"
)

// createRoom creates the room of a request that the server has refused because there
// is no such room, and has the request sent again after the CREATE. Other requests
// for that room are refused before CREATE is answered, and wait for the same one.
func (cn *conn) createRoom(r *Request, refused error) error {
	if r.tried != nil {
		cn.client.finish(r, r.tried)
		return nil
	}
	r.tried = refused
	cn.client.sendAgain(r)
	isItsCreate := func(other *Request) bool {
		return other.internal && other.command.Verb == "CREATE" && proto.SameRoom(other.command.Words[0], r.room())
	}
	if slices.ContainsFunc(cn.inflight, isItsCreate) || slices.ContainsFunc(cn.first, isItsCreate) {
		return nil
	}
	create, err := cn.enqueue(proto.Command{Verb: "CREATE", Words: []string{r.room()}})
	if err != nil {
		cn.client.cancelRequest(r, err)
		return nil
	}
	create.then = func() { cn.created(create, r) }
	cn.creating++
	return nil
}

// created handles the end of the CREATE that was sent for a request: the requests that
// wait for the room are sent, or fail as CREATE did.
func (cn *conn) created(create, r *Request) {
	cn.creating--
	var refused *proto.Error
	errors.As(create.err, &refused)
	exists := errors.Is(create.err, proto.RoomExists) // meanwhile, or a name that looks like it
	for _, other := range slices.Clone(cn.client.outbox) {
		switch {
		case !other.create || !proto.SameRoom(other.room(), r.room()):
		case exists:
			other.tried = refused
		case refused != nil && other.post && isTemporary(refused):
			other.tried = nil
			cn.client.holdPosts(refused.Wait)
		case refused != nil:
			cn.client.cancelRequest(other, refused)
		}
	}
	if create.err == nil && !r.finished {
		r.reply.Created = true
	}
	cn.client.wakeWriter()
}
