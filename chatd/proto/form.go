package proto

// Form is how the server writes lines on one connection: as text, JSON or a
// conversation for people, and with LF or CR LF. Every connection begins with the zero
// value, Text.
type Form uint8

// The forms. PeopleTagged is People with the room's name in each line, for rooms that are
// not the current one.
const (
	Text Form = iota
	TextCRLF
	JSON
	JSONCRLF
	People
	PeopleCRLF
	PeopleTagged
	PeopleTaggedCRLF
	Forms = iota // how many there are
)

// IsJSON reports whether lines of this form are JSON objects.
func (f Form) IsJSON() bool { return f&^TextCRLF == JSON }

// IsPeople reports whether lines of this form are for people, tagged or not.
func (f Form) IsPeople() bool { return f&People != 0 }

// WithJSON returns the form in JSON with the same line end.
func (f Form) WithJSON() Form { return f&TextCRLF | JSON }

// WithText returns the form in text with the same line end.
func (f Form) WithText() Form { return f & TextCRLF }

// WithPeople returns the form for people, without tags, with the same line end.
func (f Form) WithPeople() Form { return f&TextCRLF | People }

// Tagged returns a form for people with tags; any other form stays as it is.
func (f Form) Tagged() Form {
	if f.IsPeople() {
		return f | PeopleTagged
	}
	return f
}

// WithCRLF returns the form with lines that end in CR LF.
func (f Form) WithCRLF() Form { return f | TextCRLF }

func (f Form) appendEnd(dst []byte) []byte {
	if f&TextCRLF != 0 {
		dst = append(dst, '\r')
	}
	return append(dst, '\n')
}
