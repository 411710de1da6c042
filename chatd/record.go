package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

// The lines of an export are JSON objects: for each room one of type "room", followed by
// one for each of its posts, with the names of protocol.md, "JSON".

// A roomLine is a room as exported.
type roomLine struct {
	Type    string `json:"type"`
	Room    string `json:"room"`
	Topic   string `json:"topic,omitempty"`
	TopicBy string `json:"topic_by,omitempty"` // who set it
	Maker   string `json:"maker,omitempty"`
	Account uint64 `json:"account,omitempty"` // the id of the account whose it is
	Guest   bool   `json:"guest,omitempty"`   // it is a guest's
	Made    string `json:"made,omitempty"`
	First   uint64 `json:"first"`             // the first number that is kept
	Head    uint64 `json:"head"`              // the last one; first-1: none is kept
	Dropped string `json:"dropped,omitempty"` // when post first-1 was made
}

// A postLine is a post as exported.
type postLine struct {
	Type string `json:"type"`
	Room string `json:"room"`
	Seq  uint64 `json:"seq"`
	Time string `json:"time"`
	Nick string `json:"nick"`
	Text string `json:"text"`
	Once string `json:"once,omitempty"`

	Account uint64 `json:"account,omitempty"` // the id of the account whose post it is
}

const roomType = "room"

// timeLayout is RFC 3339 in UTC with nanoseconds: as precise as times are kept.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

func newRoomLine(r *offline.RoomRecord) *roomLine {
	return &roomLine{
		Type: roomType, Room: r.Name.Shown, Topic: r.Topic, TopicBy: r.TopicBy, Maker: r.Maker, Account: r.Owner.Account, Guest: r.Owner.Guest,
		Made: formatTime(r.Made), First: r.First, Head: r.Head, Dropped: formatTime(r.Dropped),
	}
}

func newPostLine(room string, p *history.Post) *postLine {
	return &postLine{
		Type: strings.ToLower(string(p.Kind)), Room: room, Seq: p.Seq,
		Time: formatTime(p.Time), Nick: p.Nick, Text: p.Text, Once: p.Once, Account: p.Account,
	}
}

// The limits of what can be imported (protocol.md, "Limits"). maxSeq is far below what
// SQLite cannot hold.
const (
	maxTopic = 400
	maxSeq   = math.MaxInt64 / 2
)

// clockSkew is by how much the clocks of two machines may differ.
const clockSkew = time.Hour

// parseLine parses a line into an *accountLine, a *roomLine or a *postLine, without checking the values.
func parseLine(line []byte) (any, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("it is not UTF-8")
	}
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return nil, decodeError(err)
	}
	switch kind.Type {
	case roomType:
		return decode(line, &roomLine{})
	case "msg", "me":
		return decode(line, &postLine{})
	case accountType:
		return decode(line, &accountLine{})
	}
	return nil, fmt.Errorf("its type is %q, not account, room, msg or me", kind.Type)
}

func decode(line []byte, into any) (any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields() // which would be lost
	if err := d.Decode(into); err != nil {
		return nil, decodeError(err)
	}
	return into, nil
}

// decodeError says why a line could not be decoded.
func decodeError(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		wanted := "a string"
		switch kind.Type.Kind() {
		case reflect.Uint64:
			wanted = "a whole number from 0"
		case reflect.Bool:
			wanted = "true or false"
		}
		return fmt.Errorf("%s is a JSON %s, not %s", kind.Field, kind.Value, wanted)
	}
	if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("a field %s is not known", unknown)
	}
	return errors.New("it is no JSON object")
}

// record returns the room of a line.
func (l *roomLine) record() (r *offline.RoomRecord, err error) {
	r = &offline.RoomRecord{Room: history.Room{Topic: l.Topic, TopicBy: l.TopicBy, Maker: l.Maker, Owner: history.Owner{Account: l.Account, Guest: l.Guest}, First: l.First, Head: l.Head}}
	if r.Name, err = proto.ParseRoom(l.Room); err != nil {
		return nil, wrong("room", l.Room, err)
	}
	for _, nick := range []string{l.TopicBy, l.Maker} {
		if _, err := proto.ParseNick(nick); nick != "" && err != nil {
			return nil, wrong("nick", nick, err)
		}
	}
	if r.Made, err = parseTime(l.Made); err != nil {
		return nil, err
	}
	if r.Dropped, err = parseTime(l.Dropped); err != nil {
		return nil, err
	}
	if err := l.checkNumbers(); err != nil {
		return nil, err
	}
	return r, checkTopic(l.Topic)
}

func (l *roomLine) checkNumbers() error {
	switch {
	case l.First < 1 || l.First > maxSeq:
		return fmt.Errorf("first is %d", l.First)
	case l.Head < l.First-1 || l.Head > maxSeq:
		return fmt.Errorf("head is %d, and first %d", l.Head, l.First)
	case l.Account > maxSeq, l.Account > 0 && l.Guest:
		return errors.New("it is an account's, whose id is that, or a guest's, or nobody's")
	case l.First == 1 && l.Dropped != "":
		return errors.New("dropped is the time of the post before first, and before 1 there is none")
	}
	return nil
}

func checkTopic(topic string) error {
	switch {
	case len(topic) > maxTopic:
		return fmt.Errorf("the topic has %d bytes, at most %d are kept", len(topic), maxTopic)
	case topic != strings.TrimSpace(proto.Clean(topic)) || topic == "-":
		return fmt.Errorf("the topic %q is not as chatd keeps one", topic)
	}
	return nil
}

// post returns the post of a line.
func (l *postLine) post() (p *history.Post, err error) {
	p = &history.Post{Seq: l.Seq, Kind: proto.Keyword(strings.ToUpper(l.Type)), Nick: l.Nick, Text: l.Text, Once: l.Once}
	if l.Time == "" {
		return nil, errors.New("it has no time")
	}
	if p.Time, err = parseTime(l.Time); err != nil {
		return nil, err
	}
	if p.Time.After(time.Now().Add(clockSkew)) {
		return nil, fmt.Errorf("its time %s is yet to come, and no later post of the room could have an earlier one", l.Time)
	}
	if _, err := proto.ParseNick(l.Nick); err != nil {
		return nil, wrong("nick", l.Nick, err)
	}
	notKey := func(r rune) bool { return r < '!' || r > '~' }
	if len(l.Once) > proto.MaxKey || strings.ContainsFunc(l.Once, notKey) {
		return nil, fmt.Errorf("once %q is not 1 to %d printable characters of ASCII", l.Once, proto.MaxKey)
	}
	return p, checkText(p)
}

func checkText(p *history.Post) error {
	lines := 1 + strings.Count(p.Text, "\n")
	switch {
	case strings.Trim(p.Text, "\n") == "":
		return errors.New("it has no text")
	case proto.CleanLines(p.Text) != p.Text:
		return errors.New("its text has characters that chatd takes out (protocol.md, \"Names and text\")")
	case lines == 1 && len(p.Text) > maxMaxLine:
		return fmt.Errorf("its text has %d bytes, at most %d are kept", len(p.Text), maxMaxLine)
	case lines == 1:
		return nil
	case p.Kind == proto.ME:
		return errors.New("a me has one line")
	case lines > proto.MaxPasteLines || len(p.Text) >= proto.MaxPasteBytes:
		return fmt.Errorf("its text has %d lines and %d bytes, at most %d and %d are kept", lines, len(p.Text), proto.MaxPasteLines, proto.MaxPasteBytes-1)
	}
	return nil
}

// parseTime parses a time that can be stored; "" is the zero time.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !time.Unix(0, t.UnixNano()).Equal(t) {
		return t, fmt.Errorf("the time %q is not one of RFC 3339 between 1678 and 2261", text)
	}
	return t, nil
}

// wrong says what is wrong with a name.
func wrong(what, name string, err error) error {
	var e *proto.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s %q: %s", what, name, e.Text)
	}
	return fmt.Errorf("%s %q: %w", what, name, err)
}
