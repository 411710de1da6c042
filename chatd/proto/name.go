package proto

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// MaxNameRunes is the maximum number of characters (runes) of a name, both as
// written and as folded (protocol.md, "Limits").
const MaxNameRunes = 32

// guestPrefix begins the nicks that the server gives. None of its letters is in
// the table of look-alikes.
const guestPrefix = "guest-"

// A Name is the name of a room or a nick (protocol.md, "Names and text"). Names
// with the same Fold are the same name. Names with the same Skeleton look alike,
// and the server refuses the later one. The zero Name is not a name.
type Name struct {
	Shown    string // as first written
	Fold     string // by UsernameCaseMapped (RFC 8265), until stable
	Skeleton string // Fold with look-alikes merged (UTS #39, 4, "skeleton"); for comparison only, not itself a name
}

// ParseNick returns s as the nick of a user. It accepts the nicks of guests, too:
// see Guest. An error is an *Error of code BadName.
func ParseNick(s string) (Name, error) { return parseName(s, nickStart) }

// ParseRoom returns s as the name of a room. An error is an *Error of code
// BadName.
func ParseRoom(s string) (Name, error) { return parseName(s, roomStart) }

// SameRoom reports whether two names are of one room, however they are written.
func SameRoom(a, b string) bool {
	if a == b {
		return true
	}
	one, err1 := ParseRoom(a)
	other, err2 := ParseRoom(b)
	return err1 == nil && err2 == nil && one.Fold == other.Fold
}

// Is reports whether s is n, however it is written.
func (n Name) Is(s string) bool { return Fold(s) == n.Fold }

// Fold returns the Fold of a name that is written so, and "" for what is none. It does not
// check all that makes a name.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	fold, _ := foldName(s)
	return fold
}

// Guest reports whether n begins like the nick of a guest, which only the server
// may give.
func (n Name) Guest() bool { return strings.HasPrefix(n.Fold, guestPrefix) }

// reservedNicks are the nicks, folded, that would be taken for the server's own or its
// operator's.
var reservedNicks = []string{"admin", "administrator", "chatd", "moderator", "operator", "root", "server", "system"}

// reservedLooks is what reservedNicks look like.
var reservedLooks = func() map[string]bool {
	looks := make(map[string]bool, len(reservedNicks))
	for _, nick := range reservedNicks {
		looks[lookAlikes.Replace(nick)] = true
	}
	return looks
}()

// Reserved reports whether n is a nick that would be taken for the server's own or its
// operator's, or looks like one in some case: nobody may choose it (protocol.md, "NICK").
func (n Name) Reserved() bool { return reservedLooks[lookAlikes.Replace(n.Fold)] }

// A nameStart is the rule for the first character of a name.
type nameStart struct {
	allows func(rune) bool
	rule   string
}

var (
	nickStart = nameStart{unicode.IsLetter, "a nick begins with a letter"}
	roomStart = nameStart{isLetterOrDigit, "the name of a room begins with a letter or digit"}
)

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isNameRune(r rune) bool {
	return isLetterOrDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '.'
}

func parseName(s string, start nameStart) (Name, error) {
	if n := utf8.RuneCountInString(s); n > MaxNameRunes {
		return Name{}, longName("a name may have %d characters, and this one has %d", n)
	}
	if err := checkCharacters(s, start); err != nil {
		return Name{}, err
	}
	s = strings.Clone(s) // a name outlives the line that it is cut from
	if isASCII(s) {
		return asciiName(s), nil
	}
	return unicodeName(s, start)
}

// asciiName is unicodeName for names in ASCII, without the cost.
func asciiName(s string) Name {
	return Name{Shown: s, Fold: strings.ToLower(s), Skeleton: strings.ToLower(lookAlikes.Replace(s))}
}

func unicodeName(s string, start nameStart) (Name, error) {
	fold, err := foldName(s)
	if err != nil {
		return Name{}, err
	}
	if n := utf8.RuneCountInString(fold); n > MaxNameRunes {
		return Name{}, longName("a name may have %d characters, and this one has %d in lower case", n)
	}
	// Folding may turn a letter into a mark (U+FF9E), but never one script
	// into another.
	if err := checkCharacters(fold, start); err != nil {
		return Name{}, err
	}
	if err := checkScripts(fold); err != nil {
		return Name{}, err
	}
	if bidirule.DirectionString(fold) == bidi.RightToLeft && !bidirule.ValidString(fold) {
		return Name{}, refuse(BadName, "a name from right to left begins with a letter, ends in a letter or digit, and has digits of one kind (RFC 5893)")
	}
	look, err := foldName(mergeLookAlikes(s))
	return Name{Shown: s, Fold: fold, Skeleton: look}, err
}

func checkCharacters(s string, start nameStart) error {
	first, _ := utf8.DecodeRuneInString(s)
	switch {
	case s == "":
		return refuse(BadName, "a name has at least one character")
	case s[0] == '#':
		return refuse(BadName, "a name has only letters, digits, _ - and .; leave the # out")
	case strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) }):
		return refuse(BadName, "a name has only letters, digits, _ - and .")
	case !start.allows(first):
		return refuse(BadName, "%s", start.rule)
	}
	return nil
}

func longName(format string, n int) error {
	e := refuse(BadName, format, MaxNameRunes, n)
	e.Limit = MaxNameRunes
	return e
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// usernameCaseMapped is the profile of RFC 8265, 3.3, without the Bidi Rule.
// Package precis would apply that rule to names without right-to-left
// characters, too, and refuse "1é" and "é_".
var usernameCaseMapped = precis.NewIdentifier(precis.FoldWidth, precis.LowerCase(), precis.Norm(norm.NFC))

// maxFolds is how often the profile is applied before a name that still changes
// is refused. RFC 8264, 7, leaves the number open; RFC 8266, 2.1, says four.
const maxFolds = 4

func foldName(s string) (string, error) {
	for range maxFolds {
		folded, err := usernameCaseMapped.String(s)
		if err != nil {
			return "", refuse(BadName, "a name has no styled, joined or ancient letters (RFC 8264); use plain ones")
		}
		if folded == s {
			return s, nil
		}
		s = folded
	}
	return "", refuse(BadName, "a name has one form in lower case (RFC 8265), this one has several; choose another")
}

// lookAlikes replaces letters that look alike by the same character. It works on
// letters as written, before they are folded: a capital I looks like l and 1, a
// capital L does not. Folding never produces the character of a class from a
// letter outside it: m and rn become a slash, which no name has, because M folds
// to m. The letters v and w look the same in both cases; w becomes vv rather than
// vv becoming w, so that vvv, vw and wv are equal, too.
//
// The table does not catch other look-alikes of one script (ı and i, rri and m)
// and names in two scripts that look alike (Latin "coco", Cyrillic "сосо").
var lookAlikes = strings.NewReplacer(
	"O", "0", "o", "0",
	"I", "1", "i", "1", "l", "1",
	"rn", "/", "m", "/",
	"W", "vv", "w", "vv",
)

// mergeLookAlikes maps width and composes before it merges: a full-width l
// looks like 1, and í is not i.
func mergeLookAlikes(s string) string {
	return lookAlikes.Replace(norm.NFC.String(width.Fold.String(s)))
}

// writingSystems are the scripts that are written together: the augmented
// script sets of UTS #39, 5.1.
var writingSystems = [][]string{
	{"Han", "Bopomofo"},
	{"Han", "Hiragana", "Katakana"},
	{"Han", "Hangul"},
}

// checkScripts applies the single-script rule of UTS #39, 5.1, to the property
// Script. The property Script_Extensions is not in the tables of package
// unicode: a character that several scripts share counts as of the script that
// the tables list it under, or of all.
func checkScripts(s string) error {
	scripts := scriptsOf(s)
	inOne := slices.ContainsFunc(writingSystems, func(system []string) bool {
		return !slices.ContainsFunc(scripts, func(script string) bool { return !slices.Contains(system, script) })
	})
	if len(scripts) <= 1 || inOne {
		return nil
	}
	return refuse(BadName, "a name has letters of one script; this one mixes %s", strings.Join(scripts, " and "))
}

// scriptsOf returns the scripts of s, each once, in the order of their first
// letters. Common and Inherited go with every script and are left out.
func scriptsOf(s string) []string {
	var scripts []string
	for _, r := range s {
		script := scriptOf(r)
		if script != "Common" && script != "Inherited" && !slices.Contains(scripts, script) {
			scripts = append(scripts, script)
		}
	}
	return scripts
}

// scriptOf returns the script of r (UAX #24); "Common" where it has none.
func scriptOf(r rune) string {
	for script, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return script
		}
	}
	return "Common"
}
