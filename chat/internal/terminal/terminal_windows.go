package terminal

import (
	"os"
	"strings"
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

// A Terminal is the console that stdin and stdout are. Its methods may be called
// from any goroutine. They do nothing, and know of nothing, when the console has
// gone. Row 0 is the one that the cursor is in, row 1 the one above.
type Terminal struct {
	in, out         windows.Handle
	inMode, outMode uint32 // as found
	title           [1024]uint16
}

// Open finds the console, and has it understand escape sequences if that is asked
// for. The error may be ErrNotATerminal.
func Open(escapes bool) (*Terminal, error) {
	t := &Terminal{in: windows.Handle(os.Stdin.Fd()), out: windows.Handle(os.Stdout.Fd())}
	if windows.GetConsoleMode(t.in, &t.inMode) != nil || windows.GetConsoleMode(t.out, &t.outMode) != nil {
		return nil, ErrNotATerminal
	}
	if escapes && windows.SetConsoleMode(t.out, t.outMode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		return nil, ErrNotATerminal
	}
	_, _, _ = getConsoleTitle.Call(uintptr(unsafe.Pointer(&t.title[0])), uintptr(len(t.title)))
	return t, nil
}

// DisableSignals has Ctrl-C typed like other keys. Ctrl-Break stays a signal.
func (t *Terminal) DisableSignals() error {
	var mode uint32
	if err := windows.GetConsoleMode(t.in, &mode); err != nil {
		return err
	}
	return windows.SetConsoleMode(t.in, mode&^windows.ENABLE_PROCESSED_INPUT)
}

// Restore brings back the modes and the title that Open has found.
func (t *Terminal) Restore() {
	_ = windows.SetConsoleMode(t.in, t.inMode)
	_ = windows.SetConsoleMode(t.out, t.outMode)
	_, _, _ = setConsoleTitle.Call(uintptr(unsafe.Pointer(&t.title[0])))
}

func (t *Terminal) info() (info windows.ConsoleScreenBufferInfo) {
	_ = windows.GetConsoleScreenBufferInfo(t.out, &info)
	return info
}

// Cursor returns the column of the cursor, and how many columns there are.
func (t *Terminal) Cursor() (column, columns int) {
	info := t.info()
	return int(info.CursorPosition.X), int(info.Size.X)
}

// Text returns what stands in a row, from a column to its end.
func (t *Terminal) Text(row, column int) string {
	info := t.info()
	text := make([]uint16, max(int(info.Size.X)-column, 1))
	var n uint32
	_, _, _ = readConsoleOutputCharacter.Call(uintptr(t.out), uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)),
		position(column, int(info.CursorPosition.Y)-row), uintptr(unsafe.Pointer(&n)))
	return windows.UTF16ToString(text[:n])
}

// Overwrite puts text at the beginning of row 0, and leaves the cursor where it is.
func (t *Terminal) Overwrite(text string) {
	units, err := windows.UTF16FromString(text)
	if err != nil {
		return
	}
	var n uint32
	_, _, _ = writeConsoleOutputCharacter.Call(uintptr(t.out), uintptr(unsafe.Pointer(&units[0])), uintptr(len(units)-1),
		position(0, int(t.info().CursorPosition.Y)), uintptr(unsafe.Pointer(&n)))
}

// position is a COORD, as functions of the system take it.
func position(x, y int) uintptr { return uintptr(uint16(x)) | uintptr(uint16(y))<<16 }

// Erase erases a row but for its last column, and has the cursor at its beginning.
func (t *Terminal) Erase(row int) {
	info := t.info()
	start := windows.Coord{Y: info.CursorPosition.Y - int16(row)}
	_ = windows.SetConsoleCursorPosition(t.out, start)
	t.Write(strings.Repeat(" ", max(int(info.Size.X)-1, 0)))
	_ = windows.SetConsoleCursorPosition(t.out, start)
}

// Write writes at the cursor. It waits while a person selects text.
func (t *Terminal) Write(text string) { _, _ = os.Stdout.WriteString(text) }

// SetTitle sets the title of the console's window.
func (t *Terminal) SetTitle(text string) {
	if title, err := windows.UTF16PtrFromString(text); err == nil {
		_, _, _ = setConsoleTitle.Call(uintptr(unsafe.Pointer(title)))
	}
}

// A keyRecord is an INPUT_RECORD with a KEY_EVENT_RECORD.
type keyRecord struct {
	eventType, _            uint16
	down                    int32
	repeat, key, scan, char uint16
	control                 uint32
}

// Interrupt puts Tab and Ctrl-C, one behind the other, behind what was typed.
func (t *Terminal) Interrupt() error {
	const keyEvent, leftCtrl = 1, 8
	keys := [...]keyRecord{
		{eventType: keyEvent, down: 1, repeat: 1, key: '\t', char: '\t'},
		{eventType: keyEvent, down: 1, repeat: 1, key: 'C', char: 'C' - '@', control: leftCtrl},
	}
	var n uint32
	if ok, _, err := writeConsoleInput.Call(uintptr(t.in), uintptr(unsafe.Pointer(&keys[0])), uintptr(len(keys)), uintptr(unsafe.Pointer(&n))); ok == 0 {
		return err
	}
	return nil
}
