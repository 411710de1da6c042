package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// What the server has sent is JSON as the server writes it.
func TestEventsAsJSON(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)
	post := proto.Line{Type: proto.MSG, Room: "go", Seq: 7, Time: at, Nick: "bob", Text: "a\nb"}
	for _, c := range []struct {
		value any
		want  string
	}{
		{client.Post{Line: post}, `{"type":"msg","room":"go","seq":7,"time":"2026-11-28T09:30:00.000Z","nick":"bob","text":"a\nb"}`},
		{client.Tell{Line: proto.Line{Type: proto.TELL, Nick: "bob", Text: "psst"}}, `{"type":"tell","nick":"bob","text":"psst"}`},
		{client.Posts{Past: []proto.Line{post}}.Past, `[{"type":"msg","room":"go","seq":7,"time":"2026-11-28T09:30:00.000Z","nick":"bob","text":"a\nb"}]`},
	} {
		if got, err := json.Marshal(c.value); string(got) != c.want || err != nil {
			t.Errorf("%T is %s, %v, not %s", c.value, got, err, c.want)
		}
	}
}
