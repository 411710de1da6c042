package sqlite_test

import (
	"errors"
	"os"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if large.dir != "" {
		_ = os.RemoveAll(large.dir)
	}
	os.Exit(code)
}

// gates are those that the stores of some directories have.
var gates sync.Map

// A gate is in the way of the statements on one chat.db: it holds commits, has them
// fail, and notes queries.
type gate struct {
	mu      sync.Mutex
	passed  int
	fails   bool
	tears   bool          // the next commit is done, and fails
	held    chan struct{} // closed when commits may go on; nil: they may
	queries []query

	arrived chan struct{} // a commit is held
}

// A query is a statement and its arguments.
type query struct {
	sql  string
	args []any
}

// gated has the store that is to be opened in dir have a gate.
func gated(t testing.TB, dir string) *gate {
	t.Helper()
	g := &gate{arrived: make(chan struct{}, 1)}
	gates.Store(dir, g)
	t.Cleanup(func() { gates.Delete(dir) })
	return g
}

var errGate = errors.New("the gate lets no commit pass")

// around runs in place of each statement.
func (g *gate) around(sql string, args []any, run func() error) error {
	g.mu.Lock()
	g.queries = append(g.queries, query{sql, args})
	held, tears := g.held, g.tears
	g.mu.Unlock()
	if sql != "COMMIT" {
		return run()
	}
	if held != nil {
		g.arrived <- struct{}{}
		<-held
	}
	if !g.pass() {
		return errGate
	}
	return errors.Join(run(), torn(tears))
}

func torn(tears bool) error {
	if tears {
		return errGate
	}
	return nil
}

// pass counts a commit, and reports whether it may go on.
func (g *gate) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails {
		return false
	}
	g.passed++
	g.tears = false
	return true
}

// hold holds commits from now on. The first one is under way when arrived says
// so.
func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = make(chan struct{})
	g.passed = 0
}

// release lets what is held go on.
func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.held)
	g.held = nil
}

// fail has commits fail from now on, or succeed again.
func (g *gate) fail(fails bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fails = fails
}

// tear has the next commit done, and answered with an error.
func (g *gate) tear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tears = true
}

// count returns how many commits have passed since hold.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passed
}

// asked returns what has been asked since the last call.
func (g *gate) asked() []query {
	g.mu.Lock()
	defer g.mu.Unlock()
	asked := g.queries
	g.queries = nil
	return asked
}
