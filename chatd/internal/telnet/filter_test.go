package telnet

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"
)

// An outcome is all that a caller of a Filter can see.
type outcome struct {
	text     string
	answer   string
	activeAt int // the length of the text when Active became true, or never
	ayt      int
}

const never = -1

// filter passes chunks through a new Filter.
func filter(chunks ...string) outcome {
	var f Filter
	o := outcome{activeAt: never}
	for _, chunk := range chunks {
		raw := []byte(chunk)
		for first := true; first || len(raw) > 0; first = false {
			text, rest, answer := f.Filter(raw, nil)
			if f.Active() && o.activeAt == never {
				o.activeAt = len(o.text)
			}
			o.text += string(text)
			o.answer += string(answer)
			raw = rest
		}
	}
	o.ayt = f.AYT()
	return o
}

// The names begin with the rule or the client that a case is about. Each case
// is also run cut in two at every byte, and byte by byte: rule T2.
var filterTests = []struct {
	name string
	in   string
	want outcome
}{
	{"T1 doubled IAC", "\xff\xf1a\xff\xffb", outcome{text: "a\xffb"}},
	{"T1 doubled IAC before any command", "a\xff\xffb", outcome{text: "a\xffb", activeAt: never}},
	{"T1 doubled IAC before a byte like a command", "a\xff\xff\xf6", outcome{text: "a\xff\xf6", activeAt: never}},
	{"T1 two doubled IACs", "\xff\xff\xff\xff", outcome{text: "\xff\xff", activeAt: never}},
	{"T3 unknown commands", "a\xff\xecb\xff\xf0c\xff\xf9d", outcome{text: "abcd", activeAt: 1}},
	{"T3 unknown option", "\xff\xfb\xc8\xff\xfd\xc8", outcome{answer: "\xff\xfe\xc8\xff\xfc\xc8"}},
	{"T3 option 255", "\xff\xfd\xffa", outcome{text: "a", answer: "\xff\xfc\xff"}},
	{"T3 subnegotiation", "a\xff\xfa\x18\x00xterm\xff\xf0b", outcome{text: "ab", activeAt: 1}},
	{"T3 subnegotiation with a doubled IAC before SE", "\xff\xfa\x1f\xff\xff\xf0\x00\x18\xff\xf0b", outcome{text: "b"}},
	{"T3 subnegotiation with a stray IAC", "\xff\xfa\x1f\xffab\xff\xf0c", outcome{text: "c"}},
	{"T3 subnegotiation ended by a command", "\xff\xfa\x1fab\xff\xfd\x06c", outcome{text: "c", answer: "\xff\xfc\x06"}},
	{"T3 subnegotiation ended by another", "\xff\xfaab\xff\xfacd\xff\xf0e", outcome{text: "e"}},
	{"T3 longest subnegotiation", "\xff\xfa" + strings.Repeat("x", 1024) + "\xff\xf0a", outcome{text: "a"}},
	{"T3 overlong subnegotiation", "\xff\xfa" + strings.Repeat("x", 1025) + "\xff\xf0a", outcome{text: "xa"}},
	{"T3 two long subnegotiations", strings.Repeat("\xff\xfa"+strings.Repeat("x", 600)+"\xff\xf0", 2), outcome{}},
	{"T3 overlong subnegotiation of doubled IACs", "\xff\xfa" + strings.Repeat("\xff\xff", 1025), outcome{text: "\xff"}},
	{"T4 WONT and DONT are not answered", "\xff\xfc\x01\xff\xfe\x01\xff\xfc\x01", outcome{}},
	{"T4 each request is refused", "\xff\xfb\x01\xff\xfd\x01\xff\xfd\x01", outcome{answer: "\xff\xfe\x01\xff\xfc\x01\xff\xfc\x01"}},
	{"T5 line ends are passed on", "a\nb\r\nc\r\x00d\r", outcome{text: "a\nb\r\nc\r\x00d\r", activeAt: never}},
	{"T6 EC", "ab\xff\xf7", outcome{text: "ab\x7f", activeAt: 2}},
	{"T6 EL", "ab\xff\xf8", outcome{text: "ab\x15", activeAt: 2}},
	{"T6 IP", "ab\xff\xf4", outcome{text: "ab\x15", activeAt: 2}},
	{"T6 AYT", "a\xff\xf6b\xff\xf6", outcome{text: "ab", activeAt: 1, ayt: 2}},
	{"T6 AYT saturates", strings.Repeat("\xff\xf6", 300), outcome{ayt: 255}},
	{"T6 DM, GA, NOP, BRK, AO", "\xff\xf2a\xff\xf9b\xff\xf1c\xff\xf3d\xff\xf5", outcome{text: "abcd"}},
	{"T7 DO TIMING-MARK each time", "\xff\xfd\x06\xff\xfd\x06", outcome{answer: "\xff\xfc\x06\xff\xfc\x06"}},
	{"T7 WILL TIMING-MARK", "\xff\xfb\x06", outcome{answer: "\xff\xfe\x06"}},
	{"T8 SGA and ECHO", "\xff\xfd\x03\xff\xfb\x03\xff\xfd\x01", outcome{answer: "\xff\xfc\x03\xff\xfe\x03\xff\xfc\x01"}},
	{"T9 NAWS", "\xff\xfb\x1f\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0a", outcome{text: "a", answer: "\xff\xfe\x1f"}},
	{"T10 BINARY", "\xff\xfd\x00\xff\xfb\x00é\r\n", outcome{text: "é\r\n", answer: "\xff\xfc\x00\xff\xfe\x00"}},
	{"T11 erasing keys are passed on", "ab\x08\x7f\x15", outcome{text: "ab\x08\x7f\x15", activeAt: never}},
	{"T12 text around negotiation", "ROOMS\r\n\xff\xfb\x18WHO\r\n", outcome{text: "ROOMS\r\nWHO\r\n", answer: "\xff\xfe\x18", activeAt: 7}},
	{"T13 UTF-8", "naïve 🙂\n", outcome{text: "naïve 🙂\n", activeAt: never}},
	{"T13 IAC before a byte that is no command", "a\xffb\xff\xebc\n", outcome{text: "a\xffb\xff\xebc\n", activeAt: never}},
	{"T13 the same once telnet was seen", "\xff\xf1a\xffb\n", outcome{text: "a\xffb\n"}},
	{"T13 IAC at the end", "a\xff", outcome{text: "a", activeAt: never}},
	{"T13 IAC as data, then a command", "\xffa\xff\xf1b", outcome{text: "\xffab", activeAt: 2}},

	{"GNU telnet: Ctrl-C", "half a li\xff\xf4\xff\xfd\x06", outcome{text: "half a li\x15", answer: "\xff\xfc\x06", activeAt: 9}},
	{
		"PuTTY: opening",
		"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03",
		outcome{answer: "\xff\xfe\x1f\xff\xfe\x20\xff\xfe\x18\xff\xfe\x27\xff\xfc\x01\xff\xfe\x03\xff\xfc\x03"},
	},
	{"PuTTY: OLD-ENVIRON instead of NEW-ENVIRON", "\xff\xfb\x24", outcome{answer: "\xff\xfe\x24"}},
	{"GNU telnet: send synch", "\xff\xf2a", outcome{text: "a"}},
	{"netcat, ncat, socat: a line", "ROOMS\n", outcome{text: "ROOMS\n", activeAt: never}},
	{"GNU telnet, character mode: a line", "ROOMS\r\x00", outcome{text: "ROOMS\r\x00", activeAt: never}},
	{"nothing", "", outcome{activeAt: never}},
}

func TestFilter(t *testing.T) {
	for _, test := range filterTests {
		t.Run(test.name, func(t *testing.T) {
			for i := range len(test.in) + 1 {
				if got := filter(test.in[:i], test.in[i:]); got != test.want {
					t.Fatalf("cut at %d:\n got %#v\nwant %#v", i, got, test.want)
				}
			}
			ones := bytes.Repeat([]byte{1}, len(test.in))
			if got := filter(cut(test.in, ones)...); got != test.want {
				t.Fatalf("byte by byte:\n got %#v\nwant %#v", got, test.want)
			}
		})
	}
}

// cut cuts s into chunks of the given sizes and one with what remains.
func cut(s string, sizes []byte) []string {
	var chunks []string
	for _, size := range sizes {
		n := min(int(size), len(s))
		chunks = append(chunks, s[:n])
		s = s[n:]
	}
	return append(chunks, s)
}

func TestFilterStopsBeforeTheFirstCommand(t *testing.T) {
	var f Filter
	text, rest, answer := f.Filter([]byte("a\r\xff\xfd\x06b\r"), nil)
	if string(text) != "a\r" || string(rest) != "\xff\xfd\x06b\r" || len(answer) > 0 || f.Active() {
		t.Fatalf("first call: %q, %q, %q, active %v", text, rest, answer, f.Active())
	}
	text, rest, answer = f.Filter(rest, nil)
	if string(text) != "b\r" || len(rest) > 0 || string(answer) != "\xff\xfc\x06" || !f.Active() {
		t.Fatalf("second call: %q, %q, %q, active %v", text, rest, answer, f.Active())
	}
}

func TestFilterStopsNowhereElse(t *testing.T) {
	var f Filter
	for _, in := range []string{"a\xff\xffb\xffc", "\xff\xf1", "a\xff\xf1b"} {
		if _, rest, _ := f.Filter([]byte(in), nil); len(rest) > 0 {
			t.Errorf("%q leaves %q", in, rest)
		}
	}
}

func TestFilterAppendsToReply(t *testing.T) {
	var f Filter
	_, _, answer := f.Filter([]byte("\xff\xfb\x01"), []byte("before "))
	if want := "before \xff\xfe\x01"; string(answer) != want {
		t.Errorf("got %q, want %q", answer, want)
	}
}

func TestAYTCountsAnew(t *testing.T) {
	var f Filter
	f.Filter([]byte("\xff\xf6\xff\xf6"), nil)
	if n := f.AYT(); n != 2 {
		t.Errorf("first: got %d, want 2", n)
	}
	if n := f.AYT(); n != 0 {
		t.Errorf("second: got %d, want 0", n)
	}
}

// OpenBSD's nc -t answers WILL and WONT with DONT, DO and DONT with WONT (T4).
func TestNegotiationWithNetcatEnds(t *testing.T) {
	netcat := map[byte]byte{will: dont, wont: dont, do: wont, dont: wont}
	for verb := range netcat {
		var f Filter
		sent := []byte{iac, verb, 1}
		for rounds := 0; len(sent) > 0; rounds++ {
			if rounds == 2 {
				t.Fatalf("IAC %X 01 is still being negotiated", verb)
			}
			_, _, sent = f.Filter(sent, nil)
			for i := 0; i < len(sent); i += 3 {
				sent[i+1] = netcat[sent[i+1]]
			}
		}
	}
}

// Each idle session holds a Filter.
func TestFilterIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Filter{}); size > 12 {
		t.Errorf("a Filter has %d bytes", size)
	}
}

func TestFilterDoesNotAllocate(t *testing.T) {
	var f Filter
	raw, reply := make([]byte, 64), make([]byte, 0, 64)
	for _, in := range []string{"plain\r\n", "a\xff", "b\xff\xf7\xff\xfd\x06\xff\xfa\x18\x00\xff\xf0\xff\xf6"} {
		allocs := testing.AllocsPerRun(10, func() {
			for rest := raw[:copy(raw, in)]; len(rest) > 0; {
				_, rest, _ = f.Filter(rest, reply)
			}
		})
		if allocs > 0 {
			t.Errorf("%q: %v allocations", in, allocs)
		}
	}
}

func addSeeds(f *testing.F) {
	for _, test := range filterTests {
		f.Add(test.in, []byte{1, 1, 0, 2, 1})
	}
}

// However the input is cut, and whether it comes through a Conn or not, the
// outcome is that of the whole.
func FuzzFilterSplit(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, in string, sizes []byte) {
		want := filter(in)
		chunks := cut(in, sizes)
		if got := filter(chunks...); got != want {
			t.Errorf("cut into %q:\n got %#v\nwant %#v", chunks, got, want)
		}
		got := readAll(t, chunks, sizes)
		got.ayt = want.ayt // a Conn reports that there were some, not how many
		if got != want {
			t.Errorf("read from a Conn, cut into %q:\n got %#v\nwant %#v", chunks, got, want)
		}
	})
}

func FuzzFilterClean(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, in string, sizes []byte) {
		o := filter(cut(in, sizes)...)
		if len(o.text) > len(in) || len(o.answer) > len(in) {
			t.Errorf("%q grew: %#v", in, o)
		}
		if strings.IndexByte(in, iac) < 0 && o.text != in {
			t.Errorf("%q has no IAC and became %q", in, o.text)
		}
		if o.activeAt == never && (o.answer != "" || o.ayt > 0) {
			t.Errorf("%q has no command and was answered: %#v", in, o)
		}
		for answer := o.answer; answer != ""; answer = answer[3:] {
			if len(answer) < 3 || answer[0] != iac || answer[1] != wont && answer[1] != dont {
				t.Fatalf("%q was answered with more than refusals: %q", in, o.answer)
			}
		}
	})
}

func BenchmarkFilterPlain(b *testing.B) {
	var f Filter
	raw := bytes.Repeat([]byte("POST a line of sixty-four bytes, as people and programs send it\n"), 64)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		f.Filter(raw, nil)
	}
}
