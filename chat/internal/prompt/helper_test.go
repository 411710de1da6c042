//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/peterh/liner"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"linechat/chat/internal/terminal"
)

// The test binary is also the program around a prompt that the tests drive:
// in a terminal of its own, and over a socket.

const helperVariable = "PROMPT_HELPER"

func TestMain(m *testing.M) {
	setting := os.Getenv(helperVariable)
	if setting == "" {
		os.Exit(m.Run())
	}
	var h helper
	if err := json.Unmarshal([]byte(setting), &h.setup); err != nil {
		panic(err)
	}
	h.run()
}

// A setup is how a test wants its program.
type setup struct {
	Socket  string
	Status  bool
	NoColor bool
	Focus   bool
	Plain   bool     // liner alone, without a prompt
	NoPty   bool     // no terminal for liner can be had
	Words   []string // for Tab
	History []string
	Secret  bool // some lines need one
}

// An order is what a test has its program do; a report, what that says.
type order struct {
	Do    string
	Text  string
	List  []string
	Count int           // flood: messages in all
	Every time.Duration // flood: between two
}

type report struct {
	What string // open, line, end, done, focus
	Line Line
	Text string
	Yes  bool
	Took time.Duration // CPU
}

type helper struct {
	setup
	mu      sync.Mutex
	encoder *json.Encoder
	prompt  *editor
	flood   chan struct{} // closed: enough
	enough  sync.Once
	others  sync.WaitGroup
}

func (h *helper) report(r report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.encoder.Encode(r)
}

func (h *helper) run() {
	conn, err := net.Dial("unix", h.Socket)
	if err != nil {
		panic(err)
	}
	h.encoder = json.NewEncoder(conn)
	h.flood = make(chan struct{})
	if h.Plain {
		h.runPlain()
		return
	}
	before := runtime.NumGoroutine()
	mode, _ := term.GetState(0)
	if h.NoPty {
		defer limitFiles()()
	}
	p, err := Open(h.options())
	if err != nil {
		h.report(report{What: "error", Text: err.Error(), Yes: errors.Is(err, terminal.ErrNotATerminal) && sameMode(mode)})
		return
	}
	h.prompt = p.(*editor)
	defer h.prompt.Close()
	defer h.prompt.Guard()
	h.prompt.setEntries(h.History)
	h.report(report{What: "open", Text: strconv.Itoa(os.Getpid())})
	go h.lines()
	h.obey(bufio.NewScanner(conn), before, mode)
}

// limitFiles lets the process open no more files than the pipe of a terminal has;
// restore undoes that.
func limitFiles() (restore func()) {
	var opened []*os.File
	for range 50 { // so that none is free below the last
		f, err := os.Open(os.DevNull)
		if err != nil {
			panic(err)
		}
		opened = append(opened, f)
	}
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	limited := limit
	setLimit(&limited.Cur, opened[len(opened)-1].Fd()+3)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &limited)
	}
	if err != nil {
		panic(err)
	}
	return func() {
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
		for _, f := range opened {
			_ = f.Close()
		}
	}
}

// setLimit sets a limit, whose type differs from system to system.
func setLimit[T int64 | uint64](limit *T, files uintptr) { *limit = T(files) }

func (h *helper) options() Options {
	o := Options{Status: h.Status, NoColor: h.NoColor, Remember: remembers}
	if h.Words != nil {
		o.Complete = h.complete
	}
	if h.Secret {
		o.Secret = secretOf
	}
	if h.Focus {
		o.Focus = func(gained bool) { h.report(report{What: "focus", Yes: gained}) }
	}
	return o
}

func (h *helper) complete(line string, pos int) (string, []string, string) {
	runes := []rune(line)
	head := string(runes[:pos])
	start := strings.LastIndexByte(head, ' ') + 1
	var found []string
	for _, word := range h.Words {
		if strings.HasPrefix(word, head[start:]) {
			found = append(found, word)
		}
	}
	return head[:start], found, string(runes[pos:])
}

func (h *helper) lines() {
	for line := range h.prompt.Lines() {
		h.report(report{What: "line", Line: line})
	}
	end := report{What: "end"}
	if err := h.prompt.Err(); err != nil {
		end.Text = err.Error()
	}
	h.report(end)
}

func (h *helper) obey(orders *bufio.Scanner, before int, mode *term.State) {
	orders.Buffer(nil, 1<<20)
	for orders.Scan() {
		var o order
		if err := json.Unmarshal(orders.Bytes(), &o); err != nil {
			panic(err)
		}
		switch o.Do {
		case "close":
			h.close(before, mode)
			return
		case "stop":
			h.stop()
			h.report(report{What: "done"})
		case "cpu":
			h.report(report{What: "done", Took: cpuTime()})
		case "flood":
			h.others.Go(func() { h.messages(o) })
		case "size":
			h.report(report{What: "done", Text: h.columns()})
		case "mode":
			h.report(report{What: "done", Yes: sameMode(mode)})
		default:
			h.simple(o)
			h.report(report{What: "done"})
		}
	}
}

func (h *helper) simple(o order) {
	c := h.prompt
	switch o.Do {
	case "print":
		c.Print(o.Text)
	case "prompt":
		c.SetPrompt(o.Text)
	case "status":
		c.SetStatus(o.Text)
	case "bell":
		c.Bell()
	case "history":
		c.setEntries(o.List)
	case "panic":
		panic(o.Text)
	case "second":
		if _, err := Open(Options{}); err == nil {
			panic("there are two")
		}
	default:
		panic("what is " + o.Do)
	}
}

// setEntries gives the prompt a history, as its file does.
func (p *editor) setEntries(entries []string) {
	kept := make([]string, len(entries))
	for i, entry := range entries {
		kept[i] = editable(entry)
	}
	p.history.setKept(map[string][]string{noRoom: kept})
}

func (h *helper) columns() string {
	columns, _ := h.prompt.terminal.Size()
	return strconv.Itoa(columns)
}

// messages prints so many, evenly spread.
func (h *helper) messages(o order) {
	ticker := time.NewTicker(max(o.Every, time.Millisecond))
	defer ticker.Stop()
	began := time.Now()
	for n := 0; n < o.Count; {
		for due := int(time.Since(began)/max(o.Every, time.Microsecond)) + 1; n < min(due, o.Count); n++ {
			h.prompt.Print(strings.ReplaceAll(o.Text, "%", fmt.Sprint(n)))
		}
		select {
		case <-ticker.C:
		case <-h.flood:
			return
		}
	}
}

func (h *helper) stop() {
	h.enough.Do(func() { close(h.flood) })
	h.others.Wait()
}

// close closes the prompt, and says whether nothing is left of it.
func (h *helper) close(before int, mode *term.State) {
	stdout := os.Stdout
	h.prompt.Close()
	r := report{What: "closed", Yes: sameMode(mode) && os.Stdout != stdout && syscall.Stdout == 1}
	h.stop()
	deadline := time.Now().Add(testTimeout)
	for runtime.NumGoroutine() > before+1 && time.Now().Before(deadline) { // and h.lines's, perhaps
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+1 {
		stacks := make([]byte, 1<<16)
		r.Text = fmt.Sprintf("%d goroutines, %d before\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
	h.report(r)
}

func sameMode(mode *term.State) bool {
	now, err := term.GetState(0)
	return err == nil && *now == *mode
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// runPlain is what a prompt's lines are compared with.
func (h *helper) runPlain() {
	if _, err := term.MakeRaw(0); err != nil { // or Ctrl-C between two prompts kills
		panic(err)
	}
	state := liner.NewLiner()
	defer state.Close()
	state.SetCtrlCAborts(true)
	state.SetBeep(false)
	state.SetWordCompleter(func(line string, pos int) (string, []string, string) {
		head, found, tail := h.complete(line, pos)
		return head, choose(found, pos-len([]rune(head))), tail
	})
	for _, entry := range h.History {
		state.AppendHistory(entry)
	}
	h.report(report{What: "open"})
	for {
		text, err := state.Prompt(linerPrompt)
		switch {
		case err == nil:
			h.report(report{What: "line", Line: Line{Text: text}})
			if remembers(text) {
				state.AppendHistory(text)
			}
		case !errors.Is(err, liner.ErrPromptAborted):
			h.report(report{What: "end"})
			return
		}
	}
}
