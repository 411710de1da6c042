package client

import (
	"cmp"
	"log/slog"

	"linechat/chatd/proto"
)

// logCommands logs commands that are sent next, by their verbs: their words may
// hold a key, and their texts belong to people.
func (cn *conn) logCommands(requests []*Request) {
	for _, r := range requests {
		cn.client.config.Log.LogAttrs(cn.ctx, slog.LevelDebug, "command", slog.String("verb", r.command.Verb))
	}
}

// logAnswer logs a line if it is an OK or ERR.
func (cn *conn) logAnswer(l *proto.Line) {
	if l.Type == proto.OK || l.Type == proto.ERR {
		code := cmp.Or(string(l.Code), "OK")
		cn.client.config.Log.LogAttrs(cn.ctx, slog.LevelDebug, "answer", slog.String("verb", l.Verb), slog.String("code", code))
	}
}
