package proto

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// MarshalText returns the keyword as the type of a JSON object.
func (k Keyword) MarshalText() ([]byte, error) { return []byte(strings.ToLower(string(k))), nil }

// UnmarshalText is the inverse of MarshalText.
func (k *Keyword) UnmarshalText(b []byte) error {
	*k = Keyword(strings.ToUpper(string(b)))
	return nil
}

// An object writes JSON members in the order in which they are added.
type object struct {
	bytes.Buffer
	enc *json.Encoder
}

func (o *object) add(name string, value any) {
	o.WriteString(`,"` + name + `":`)
	// A number, a bool, a string or a Keyword always has an encoding.
	_ = o.enc.Encode(value)
	o.Truncate(o.Len() - 1) // Encode ends with a line break
}

// appendJSON appends the line as one JSON object, without a line's end.
func (l *Line) appendJSON(dst []byte) []byte {
	var o object
	o.enc = json.NewEncoder(&o.Buffer)
	o.enc.SetEscapeHTML(false)
	o.add("type", l.Type)
	if l.Type == OK {
		o.add("verb", l.Verb)
	}
	for _, name := range l.shape() {
		name = strings.TrimPrefix(name, "[")
		if name == "nick" && !l.Time.IsZero() {
			o.add("time", l.Time.UTC().Format(TimeLayout))
		}
		switch v := l.field(name).(type) {
		case *uint64:
			o.add(name, *v)
		case *Code:
			o.add(name, *v)
		case *string:
			if *v != "" {
				o.add(name, *v)
			}
		}
		if name == "nick" && l.Account != "" {
			o.add("account", l.Account)
		}
	}
	l.addRest(&o)
	o.Bytes()[0] = '{' // in place of the first comma
	return append(append(dst, o.Bytes()...), '}')
}

// addRest adds the members that text does not have.
func (l *Line) addRest(o *object) {
	if l.Limit != 0 {
		o.add("limit", l.Limit)
	}
	if l.WaitMS != 0 && l.Type == ERR {
		o.add("wait_ms", l.WaitMS)
	}
	if l.Past {
		o.add("past", true)
	}
}

// MarshalJSON returns the line as FORMAT json has it, without a line's end: the
// fields of its type, and no others (protocol.md, "JSON").
func (l Line) MarshalJSON() ([]byte, error) { return l.appendJSON(nil), nil }

func parseJSON(line string) (Line, error) {
	var l Line
	if err := json.Unmarshal([]byte(line), &l); err != nil || l.Type == "" {
		return Line{}, errLine
	}
	return l, nil
}

// ErrLine returns the line that refuses the command verb.
func ErrLine(verb string, e *Error) Line {
	if verb == "-" {
		verb = "" // Append writes it as -
	}
	return Line{Type: ERR, Verb: verb, Code: e.Code, Text: e.Text,
		Limit: e.Limit, WaitMS: milliseconds(e.Wait)}
}

// LimitLine returns the line of a limit of which so much is left, and of how long it is
// until there is one more.
func LimitLine(name string, value, left int, wait time.Duration) Line {
	return Line{Type: LIMIT, Name: name, Value: strconv.Itoa(value), Left: strconv.Itoa(left), WaitMS: milliseconds(wait)}
}

// milliseconds returns a wait, rounded up.
func milliseconds(d time.Duration) uint64 {
	return uint64((max(0, d) + time.Millisecond - 1) / time.Millisecond)
}
