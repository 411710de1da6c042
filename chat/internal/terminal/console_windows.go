package terminal

import (
	"os"
	"strings"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32                    = windows.NewLazySystemDLL("kernel32.dll")
	readConsoleOutputCharacter  = kernel32.NewProc("ReadConsoleOutputCharacterW")
	writeConsoleOutputCharacter = kernel32.NewProc("WriteConsoleOutputCharacterW")
	writeConsoleInput           = kernel32.NewProc("WriteConsoleInputW")
	getConsoleTitle             = kernel32.NewProc("GetConsoleTitleW")
	setConsoleTitle             = kernel32.NewProc("SetConsoleTitleW")
)

// A Console is the one that stdin and stdout are. Its methods may be called
// from any goroutine; what a console that has gone refuses is passed over. Row 0 is
// the one that the cursor is in, row 1 the one above.
type Console struct {
	in, out         windows.Handle
	inMode, outMode uint32       // as found
	title           [1024]uint16 // as found
}

// OpenConsole finds the console, and has it understand escape sequences if that is asked
// for. The error is ErrNotATerminal.
func OpenConsole(escapes bool) (*Console, error) {
	c := &Console{in: windows.Handle(os.Stdin.Fd()), out: windows.Handle(os.Stdout.Fd())}
	if windows.GetConsoleMode(c.in, &c.inMode) != nil || windows.GetConsoleMode(c.out, &c.outMode) != nil {
		return nil, ErrNotATerminal
	}
	if escapes && windows.SetConsoleMode(c.out, c.outMode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		return nil, ErrNotATerminal
	}
	_, _, _ = getConsoleTitle.Call(uintptr(unsafe.Pointer(&c.title)), uintptr(len(c.title)))
	return c, nil
}

// DisableSignals has Ctrl-C typed like other keys. Ctrl-Break stays a signal.
func (c *Console) DisableSignals() {
	var mode uint32
	if windows.GetConsoleMode(c.in, &mode) == nil {
		_ = windows.SetConsoleMode(c.in, mode&^windows.ENABLE_PROCESSED_INPUT)
	}
}

// Restore brings back the modes and the title that OpenConsole has found.
func (c *Console) Restore() {
	_ = windows.SetConsoleMode(c.in, c.inMode)
	_ = windows.SetConsoleMode(c.out, c.outMode)
	_, _, _ = setConsoleTitle.Call(uintptr(unsafe.Pointer(&c.title)))
}

func (c *Console) info() (info windows.ConsoleScreenBufferInfo) {
	_ = windows.GetConsoleScreenBufferInfo(c.out, &info)
	return info
}

// Cursor returns the column of the cursor, and how many columns there are.
func (c *Console) Cursor() (column, columns int) {
	info := c.info()
	return int(info.CursorPosition.X), int(info.Size.X)
}

// Text returns what stands in a row, from a column to its end.
func (c *Console) Text(row, column int) string {
	info := c.info()
	text := make([]uint16, max(int(info.Size.X)-column, 1))
	return string(utf16.Decode(text[:c.cells(readConsoleOutputCharacter, text, column, int(info.CursorPosition.Y)-row)]))
}

// Overwrite puts text at the beginning of row 0, and leaves the cursor where it is.
func (c *Console) Overwrite(text string) {
	c.cells(writeConsoleOutputCharacter, utf16.Encode([]rune(text)), 0, int(c.info().CursorPosition.Y))
}

// cells reads or writes cells, and returns how many.
func (c *Console) cells(proc *windows.LazyProc, text []uint16, x, y int) (n uint32) {
	at := uintptr(uint16(x)) | uintptr(uint16(y))<<16 // a COORD
	_, _, _ = proc.Call(uintptr(c.out), uintptr(unsafe.Pointer(unsafe.SliceData(text))), uintptr(len(text)), at, uintptr(unsafe.Pointer(&n)))
	return n
}

// Erase erases a row and those below it down to row 0, but for their last columns,
// and has the cursor at the beginning of that row.
func (c *Console) Erase(row int) {
	info := c.info()
	blank := strings.Repeat(" ", max(int(info.Size.X)-1, 0))
	top := windows.Coord{Y: info.CursorPosition.Y - int16(row)}
	for at := top; at.Y <= info.CursorPosition.Y; at.Y++ {
		_ = windows.SetConsoleCursorPosition(c.out, at)
		c.Write(blank)
	}
	_ = windows.SetConsoleCursorPosition(c.out, top)
}

// Write writes at the cursor. It waits while a person selects text.
func (c *Console) Write(text string) { _, _ = os.Stdout.WriteString(text) }

// SetTitle sets the title of the console's window.
func (c *Console) SetTitle(text string) {
	title := utf16.Encode([]rune(text + "\x00"))
	_, _, _ = setConsoleTitle.Call(uintptr(unsafe.Pointer(&title[0])))
}

// A keyRecord is an INPUT_RECORD with a KEY_EVENT_RECORD.
type keyRecord struct {
	eventType, _            uint16
	down                    int32
	repeat, key, scan, char uint16
	control                 uint32
}

// Interrupt puts Tab and Ctrl-C, one behind the other, behind what was typed.
func (c *Console) Interrupt() {
	const keyEvent, leftCtrl = 1, 8
	keys := [...]keyRecord{
		{eventType: keyEvent, down: 1, repeat: 1, key: '\t', char: '\t'},
		{eventType: keyEvent, down: 1, repeat: 1, key: 'C', char: 'C' - '@', control: leftCtrl},
	}
	var n uint32
	_, _, _ = writeConsoleInput.Call(uintptr(c.in), uintptr(unsafe.Pointer(&keys)), uintptr(len(keys)), uintptr(unsafe.Pointer(&n)))
}
