package machine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

var (
	alice  = proto.Name{Shown: "Alice", Fold: "alice", Skeleton: "a1ice"}
	den    = proto.Name{Shown: "Den", Fold: "den", Skeleton: "den"}
	at     = time.Unix(1_790_000_000, 123_456_789)
	sshKey = account.Key{Fingerprint: "SHA256:x", Kind: "ssh", Comment: "alice@home", Added: at, Proved: true}
)

// changes has one change of each kind, with each of its fields set.
var changes = []backplane.Change{
	&backplane.Posts{Fold: "den",
		Posts:   []history.Post{{Kind: proto.MSG, Nick: "Alice", Text: "hello\nyou", Once: "k", Account: 7}, {Kind: proto.ME, Nick: "bob"}},
		Authors: []backplane.Author{{Session: 3, Origin: 1 << 63}, {}}},
	&backplane.Create{Room: history.Room{Name: den, Topic: "on dens", TopicBy: "bob", Maker: "Alice", Owner: history.Owner{Account: 7}, Made: at, First: 1}, Origin: 9},
	&backplane.SetTopic{Session: 3, Fold: "den", Topic: "on dens", Nick: "Alice"},
	&backplane.Drop{Fold: "den"},
	&backplane.DropUnused{Fold: "den", Before: at},
	&backplane.Import{Room: history.Room{Name: den, Owner: history.Owner{Guest: true}, First: 12},
		Posts: []history.Post{{Kind: proto.MSG, Nick: "Alice", Text: "hello", Time: at}}},
	&backplane.CreateAccount{Origin: 9,
		Account: account.Account{Name: alice, Hash: "hash", Made: at, Keys: []account.Key{sshKey}, Ignored: []proto.Name{den}}},
	&backplane.SetPassword{Fold: "alice", Hash: "hash"},
	&backplane.ReplaceHash{Fold: "alice", Old: "hash", Hash: "other"},
	&backplane.AddKey{Fold: "alice", Key: sshKey},
	&backplane.ProveKey{Fold: "alice", Fingerprint: "SHA256:x"},
	&backplane.RemoveKey{Fold: "alice", Fingerprint: "SHA256:x"},
	&backplane.Ignore{Fold: "alice", Nick: den},
	&backplane.Unignore{Fold: "alice", Nick: "den"},
	&backplane.Release{Fold: "alice", At: at},
	&backplane.Nick{Session: 3, Patient: true, Name: alice, Key: [32]byte{1, 2}},
	&backplane.Login{Session: 3, Account: 7, Name: alice, Proof: "SHA256:x"},
	&backplane.Join{Session: 3, Fold: "den"},
	&backplane.Leave{Session: 3, Fold: "den", Why: "left"},
	&backplane.End{Session: 3, Why: "quit"},
	&backplane.Heartbeat{Applied: 11, Hash: [32]byte{3}, Synced: 10, Speaks: 1},
	&backplane.Settings{Chat: [16]byte{4}, OriginKey: [32]byte{5}, Limits: backplane.Limits{MaxRooms: 100}},
	&backplane.SetVersion{Version: 2},
	&backplane.EndEpoch{},
}

// text writes a value down with all that it points to, so that equal texts are equal values.
func text(v any) string { return fmt.Sprintf("%+v", v) }

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	if len(changes) != len(kinds) {
		t.Errorf("%d changes of %d kinds", len(changes), len(kinds))
	}
	for _, change := range changes {
		r := Record{Epoch: 5, N: 2, Items: []backplane.Change{change}}
		got, err := Decode(r.Append(nil))
		if err != nil || len(got.Items) != 1 || text(got.Items[0]) != text(change) {
			t.Errorf("%T: %v\nwrote %+v\nread  %+v", change, err, change, got.Items)
		}
	}
	all := Record{Epoch: 1 << 63, N: 300, Items: changes}
	got, err := Decode(all.Append(nil))
	if err != nil || got.Epoch != all.Epoch || got.N != 300 || len(got.Items) != len(changes) {
		t.Errorf("all together: %v, %+v", err, got)
	}
}

// Zero values, negative times and no posts at all are written and read, too.
func TestEmptyChangesAreReadAsTheyWereWritten(t *testing.T) {
	items := []backplane.Change{&backplane.DropUnused{Before: time.Unix(-7, 0)}}
	for _, k := range kinds[:len(kinds)-1] {
		items = append(items, k.new())
	}
	first := Record{Epoch: 5, N: 2, Items: items}
	b := first.Append(nil)
	got, err := Decode(b)
	if err != nil || !got.Items[0].(*backplane.DropUnused).Before.Equal(time.Unix(-7, 0)) {
		t.Fatal(err, got)
	}
	if again := got.Append(nil); !bytes.Equal(again, b) {
		t.Errorf("wrote %x, and then %x", b, again)
	}
}

func TestDecodeRefuses(t *testing.T) {
	heartbeat := AppendItem(nil, &backplane.Heartbeat{})
	drop := AppendItem(nil, &backplane.Drop{Fold: "x"}) // D 2 1 x
	record := func(epoch, n uint64, items int, parts ...[]byte) []byte {
		return append(AppendHeader(nil, epoch, n, items), bytes.Join(parts, nil)...)
	}
	for name, test := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":                           {nil, ErrMalformed},
		"a newer version":                   {[]byte{Version + 1, 1, 2}, ErrVersion},
		"the epoch 0":                       {record(0, 2, 1, drop), ErrMalformed},
		"the number 0":                      {record(1, 0, 1, drop), ErrMalformed},
		"no changes":                        {record(1, 2, 0), ErrMalformed},
		"too many changes":                  {record(1, 2, MaxItems+1, bytes.Repeat(drop, MaxItems+1)), ErrMalformed},
		"fewer changes than it says":        {record(1, 2, 2, drop), ErrMalformed},
		"more changes than it says":         {record(1, 2, 1, drop, drop), ErrMalformed},
		"an epoch that begins with another": {record(1, 1, 1, drop), ErrMalformed},
		"an epoch that begins with more":    {record(1, 1, 2, heartbeat, drop), ErrMalformed},
		"changes after the end":             {record(1, 2, 2, AppendItem(nil, &backplane.EndEpoch{}), drop), ErrMalformed},
		"a change cut short":                {record(1, 2, 1, drop[:3]), ErrMalformed},
		"a body that is longer":             {record(1, 2, 1, []byte{'D', 3, 1, 'x', 0}), ErrMalformed},
		"a string that is longer":           {record(1, 2, 1, []byte{'D', 2, 2, 'x'}), ErrMalformed},
		"a number in two bytes too many":    {record(1, 2, 1, []byte{'D', 4, 0x81, 0x80, 0, 'x'}), ErrMalformed},
		"a number over 64 bits":             {record(1, 2, 1, append([]byte{'D', 10}, binary.AppendUvarint(nil, 1<<63)[:9]...), []byte{2}), ErrMalformed},
		"neither true nor false":            {record(1, 2, 1, []byte{'P', 9, 0, 1, 2, 0, 0, 0, 0, 0, 0}), ErrMalformed},
		"too many posts":                    {record(1, 2, 1, AppendItem(nil, &backplane.Posts{Posts: make([]history.Post, MaxItems+1), Authors: make([]backplane.Author, MaxItems+1)})), ErrMalformed},
	} {
		if r, err := Decode(test.b); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %+v; want %v", name, err, r, test.want)
		}
	}
	for _, letter := range "?BEIMOQSW" { // not known, and kept for later
		if _, err := Decode(record(1, 2, 1, []byte{byte(letter), 0})); !errors.Is(err, ErrUnknownKind) {
			t.Errorf("the kind %c: %v", letter, err)
		}
	}
	if _, err := Decode(record(1, 2, MaxItems, bytes.Repeat(drop, MaxItems))); err != nil {
		t.Errorf("as many changes as there may be: %v", err)
	}
}

// Whatever is read is written alike: a record has one encoding, and replicas hash its bytes.
func FuzzDecode(f *testing.F) {
	for _, change := range changes {
		f.Add((&Record{Epoch: 5, N: 2, Items: []backplane.Change{change}}).Append(nil))
	}
	f.Add((&Record{Epoch: 5, N: 2, Items: changes}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		if again := r.Append(nil); !bytes.Equal(again, b) {
			t.Errorf("read %x, and wrote %x", b, again)
		}
	})
}
