package sqlite_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

// A sink keeps what it is given.
type sink struct {
	rooms  []offline.RoomRecord
	posts  map[string][]history.Post // by fold
	damage []string
}

func (s *sink) Account(*account.Account) error { return nil }

func (s *sink) Room(r *offline.RoomRecord) error {
	s.rooms = append(s.rooms, *r)
	return nil
}

func (s *sink) Post(p *history.Post) error {
	if s.posts == nil {
		s.posts = map[string][]history.Post{}
	}
	fold := s.rooms[len(s.rooms)-1].Name.Fold
	s.posts[fold] = append(s.posts[fold], *p)
	return nil
}

func (s *sink) Damage(line string) error {
	s.damage = append(s.damage, line)
	return nil
}

// room returns the room of a fold, the zero one if it was not given.
func (s *sink) room(fold string) offline.RoomRecord {
	i := slices.IndexFunc(s.rooms, func(r offline.RoomRecord) bool { return r.Name.Fold == fold })
	if i < 0 {
		return offline.RoomRecord{}
	}
	return s.rooms[i]
}

// exported returns what is in a directory.
func exported(t testing.TB, dir string) *sink {
	t.Helper()
	s := &sink{}
	if err := offline.Export(t.Context(), dir, "", s); err != nil {
		t.Fatalf("Export: %v", err)
	}
	return s
}

// importer opens a directory to add to, until the test ends if not before.
func importer(t testing.TB, dir string) *offline.Importer {
	t.Helper()
	im, err := offline.OpenImporter(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = im.Close() })
	return im
}

// sequence yields posts, and then an error unless it is nil.
func sequence(posts []history.Post, err error) iter.Seq2[*history.Post, error] {
	return func(yield func(*history.Post, error) bool) {
		for i := range posts {
			if !yield(&posts[i], nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// TestWhatGoesOutComesIn takes rooms with all that there may be of them,
// retention's doings included, into another store.
func TestWhatGoesOutComesIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	create(t, s, "empty", "emptied", "東京", "kept")
	post(t, s, "emptied", 1, texts(600)...)
	aged(t, s, "emptied", 0)
	post(t, s, "kept", 1, texts(700)...)
	s.SetRetain(sqlite.Retain{Posts: 30})
	keep(t, s)
	shut(t, s)

	want := exported(t, dir)
	if len(want.damage) > 0 || len(want.rooms) != 6 || want.room("kept").First != 671 || want.room("kept").Dropped.IsZero() {
		t.Fatalf("exported %+v, %q", want.rooms, want.damage)
	}
	other := filepath.Join(t.TempDir(), "made", "anew")
	im := importer(t, other)
	for i := range want.rooms {
		r := &want.rooms[i]
		if err := im.Room(r, sequence(want.posts[r.Name.Fold], nil)); err != nil {
			t.Fatalf("Room %s: %v", r.Name.Shown, err)
		}
	}
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	if got := exported(t, other); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	r, err := offline.CheckDir(t.Context(), other, nil)
	sound(t, r, err)
}

func TestImportedRoomGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, err := proto.ParseRoom("Kept")
	if err != nil {
		t.Fatal(err)
	}
	im := importer(t, dir)
	room := &offline.RoomRecord{Room: history.Room{Name: name, Topic: "old", TopicBy: "bob", Maker: "alice", Made: noon, First: 501, Head: 900}, Dropped: at(500)}
	if err := im.Room(room, sequence(posts(501, texts(400)...), nil)); err != nil {
		t.Fatal(err)
	}
	empty := &offline.RoomRecord{Room: history.Room{Maker: "alice", Made: noon, First: 51, Head: 50}, Dropped: at(50)}
	if empty.Name, err = proto.ParseRoom("emptied"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(im.Room(empty, sequence(nil, nil)), im.Close()); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, sqlite.Config{})
	r := load(t, s, "kept")
	if r.Name != name || r.Topic != "old" || r.TopicBy != "bob" || r.First != 501 || r.Head != 900 || !r.Last.Equal(at(900)) {
		t.Errorf("the room is %+v", r)
	}
	if r := load(t, s, "emptied"); r.First != 51 || r.Head != 50 || !r.Last.Equal(at(50)) {
		t.Errorf("the emptied room is %+v", r)
	}
	post(t, s, "emptied", 51, "and on it goes")
	want := append(posts(501, texts(400)...), post(t, s, "kept", 901, "needle")...)
	has(t, s, "kept", want)
	caughtUp(t, s)
	if got := find(t, s, "kept", "399"); !slices.Equal(got, []uint64{900}) {
		t.Errorf("found %d, want 900", got)
	}
}

func TestRoomIsImportedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	im := importer(t, dir)
	room := func(shown string) *offline.RoomRecord {
		name, err := proto.ParseRoom(shown)
		if err != nil {
			t.Fatal(err)
		}
		return &offline.RoomRecord{Room: history.Room{Name: name, First: 1, Head: 1000, Made: noon}}
	}
	broken := errors.New("broken off")
	if err := im.Room(room("go"), sequence(posts(1, texts(999)...), broken)); err != broken {
		t.Errorf("got %v, want what ended the posts", err)
	}
	if got := exported(t, dir); len(got.rooms) > 0 {
		t.Errorf("there are %+v", got.rooms)
	}
	if err := im.Room(room("Go"), sequence(posts(1, texts(1000)...), nil)); err != nil {
		t.Errorf("again: %v", err)
	}
	for _, name := range []string{"go", "GO", "g0"} {
		if err := im.Room(room(name), sequence(nil, nil)); err != history.ErrExists {
			t.Errorf("room %s: got %v, want ErrExists", name, err)
		}
	}
	if got := exported(t, dir); len(got.rooms) != 1 || len(got.posts["go"]) != 1000 {
		t.Errorf("there are %+v, with %s", got.rooms, show(got.posts["go"]))
	}
}

func TestImportIsAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	if _, err := offline.OpenImporter(dir, nil); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("beside a store: %v, want ErrInUse", err)
	}
	shut(t, s)
	im := importer(t, dir)
	if _, err := sqlite.Open(dir, sqlite.Config{}); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("a store beside it: %v, want ErrInUse", err)
	}
	if err := im.Close(); err != nil {
		t.Error(err)
	}
	shut(t, open(t, dir, sqlite.Config{}))
}

func TestOneRoomIsExported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	var got sink
	if err := offline.Export(t.Context(), dir, "café", &got); err != nil || len(got.rooms) != 1 || len(got.posts["café"]) != 40 {
		t.Errorf("got %+v, %v", got.rooms, err)
	}
	if err := offline.Export(t.Context(), dir, "nowhere", &got); err != history.ErrNoRoom {
		t.Errorf("got %v, want ErrNoRoom", err)
	}
}

// damages are what happens to a file.
var damages = []struct {
	name   string
	damage func(*rand.Rand, []byte) []byte
}{
	{"bytes", func(rng *rand.Rand, file []byte) []byte {
		for range 1 + rng.IntN(20) {
			file[rng.IntN(len(file))] ^= byte(1 + rng.IntN(255))
		}
		return file
	}},
	{"a page", func(rng *rand.Rand, file []byte) []byte {
		page := 1 + rng.IntN(len(file)/4096-1)
		clear(file[page*4096:][:4096])
		return file
	}},
	{"the end", func(rng *rand.Rand, file []byte) []byte { return file[:4096+rng.IntN(len(file)-4096)] }},
}

// TestWhatIsLeftIsSaved damages a file: what is exported was there before, what
// is not is told of, and a check finds something wrong.
func TestWhatIsLeftIsSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go", "golf", "café")
	for i := range 30 { // so that their posts alternate
		for _, fold := range []string{"go", "golf", "café"} {
			post(t, s, fold, uint64(1+10*i), texts(10)...)
		}
	}
	shut(t, s)
	whole, file := exported(t, dir), read(t, filepath.Join(dir, sqlite.DBFile))
	for _, d := range damages {
		for seed := range uint64(12) {
			t.Run(fmt.Sprint(d.name, " ", seed), func(t *testing.T) {
				damaged := t.TempDir()
				write(t, filepath.Join(damaged, sqlite.DBFile), d.damage(rand.New(rand.NewPCG(seed, 0)), slices.Clone(file)))
				saved(t, damaged, whole)
			})
		}
	}
}

// saved exports and checks a damaged store of which whole was exported before.
func saved(t *testing.T, dir string, whole *sink) {
	var got sink
	err := offline.Export(t.Context(), dir, "", &got)
	lost := len(whole.rooms) - len(got.rooms)
	for fold, want := range whole.posts {
		posts := got.posts[fold]
		lost += len(want) - len(posts)
		for _, p := range posts {
			if p != want[p.Seq-1] {
				t.Errorf("room %s: got %+v, want %+v", fold, p, want[p.Seq-1])
			}
		}
		if !slices.IsSortedFunc(posts, func(a, b history.Post) int { return int(a.Seq) - int(b.Seq) }) {
			t.Errorf("room %s is out of order", fold)
		}
	}
	report, checkErr := offline.CheckDir(t.Context(), dir, nil)
	if checkErr != nil {
		t.Errorf("Check: %v", checkErr)
	}
	if lost > 0 && (err == nil && len(got.damage) == 0 || report.OK()) {
		t.Errorf("%d are lost, and Export says %v, %q, Check %q", lost, err, got.damage, report.Problems)
	}
}
