// Package prompt is what a person who chats types on: a prompt with all of
// liner's editing, above which lines may be printed at any moment without
// disturbing the one being typed, neither on the screen nor in what is sent. On
// Windows, where liner draws on the console itself, they wait until nothing is typed.
package prompt

const (
	maxUnread = 256 // entered lines that wait for their receiver

	quitHint = "Press Ctrl-C again, or Ctrl-D, to quit."
)

// Options of Open. The zero value is a bare prompt.
type Options struct {
	// Complete is asked, when Tab is pressed, for what the word before pos may
	// be completed to; pos counts runes. The line would become head, one of
	// candidates and tail. A single candidate is inserted; several that have
	// more in common than is typed grow by that; otherwise they are listed
	// above the prompt, and each further Tab tries the next one. It is called
	// in a goroutine of the prompt's and must not block. Nil: no completion.
	Complete func(line string, pos int) (head string, candidates []string, tail string)

	// Remember says whether an entered line goes to the input history. It is
	// called in a goroutine of the prompt's and must not block. Nil: all do.
	Remember func(line string) bool

	// Secret says what is to be asked after a line was entered, before it is delivered:
	// that is not shown while it is typed, and goes to no history. With Ctrl-C or Escape
	// the line is edited on. It is called in a goroutine of the prompt's and must not
	// block. Nil: nothing.
	Secret func(line string) Secret

	// History is the file that the input history is kept in, for others to read
	// and add to, too; "": it is kept as long as the prompt is open. Nothing waits
	// for it but Close, and that for no longer than a second.
	History string

	// HistoryError returns the line to be printed, once, if that file cannot be
	// used. It is called in a goroutine of the prompt's. It must be set if there
	// is a file.
	HistoryError func(error) string

	// Focus is told when the terminal's window gains or loses the focus, by
	// terminals that report it. It is called in a goroutine of the prompt's
	// and must not block. Nil: they are not asked to.
	Focus func(gained bool)

	Status  bool // keep a row for SetStatus above the prompt
	NoColor bool // drop all colours, the caller's included
}

// A Line is what was entered. A single line has no line break in Text. Of
// several lines, pasted and confirmed, Paste has each, at least two, and Text
// has them all with a line feed between two. Tabs in a paste are kept.
type Line struct {
	Text   string
	Paste  []string // nil for a single line
	Secret string   // what was typed at the question of Options.Secret
}

// A Prompt is an open one. All its methods may be called from any goroutine.
// Text given to them may have colours (SGR sequences); any other control or
// escape sequence in it is dropped, tabs become spaces, and the colours end
// with the text.
type Prompt interface {
	// Lines delivers what is entered. It is closed when the person ends the
	// input with Ctrl-D on an empty line, or with Ctrl-C twice; when the terminal
	// goes away; when a signal ends the program (see Err); and by Close. What is
	// typed goes on being edited while nobody receives; a bounded number of
	// entered lines is kept.
	Lines() <-chan Line

	// Err says why Lines is closed: nil because the person, or Close, wished so;
	// a *terminal.SignalError; or what went wrong with the terminal. It is nil
	// before.
	Err() error

	// Print puts whole lines above the prompt. It never waits for the terminal: if
	// that does not take them, a bounded number waits, and in place of the oldest
	// beyond that there will be one line that says how many are missing. After
	// Close it does nothing.
	Print(text string)

	// SetPrompt sets what stands before the edited line, at once. It is cut to
	// half the width of the terminal.
	SetPrompt(text string)

	// SetStatus sets the status row, if Options.Status asked for one. It is cut to
	// the width of the terminal.
	SetStatus(text string)

	// SetHistory makes the input history that of a room; "": of what was typed in
	// none, as it is at first. It takes effect at once unless something has been
	// typed into the line already, and with the next line otherwise. The last 1,000
	// entries are kept of each room.
	SetHistory(room string)

	// Bell rings the terminal's bell.
	Bell()

	// Guard is to be deferred first in every goroutine of the program: a panic
	// restores the terminal before it goes on to end the process.
	//
	//	defer p.Guard()
	Guard()

	// Close shows what still waits to be printed, erases the prompt and gives the
	// terminal back as it was found, and the process-wide variables, too. For a
	// terminal that takes no output it waits a second. It may be called more than
	// once, and returns when all has ended.
	Close()
}
