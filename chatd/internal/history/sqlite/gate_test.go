package sqlite_test

import (
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	driver "modernc.org/sqlite"

	"linechat/chatd/internal/history/sqlite"
)

// gates are what the commits of a file pass, by the name that the driver knows
// the file by.
var gates sync.Map

func TestMain(m *testing.M) {
	driver.RegisterConnectionHook(func(conn driver.ExecQuerierContext, name string) error {
		if g, ok := gates.Load(name); ok {
			conn.(driver.HookRegisterer).RegisterCommitHook(g.(*gate).pass)
		}
		return nil
	})
	code := m.Run()
	if large.dir != "" {
		_ = os.RemoveAll(large.dir)
	}
	os.Exit(code)
}

// A gate is in the way of the commits to one chat.db.
type gate struct {
	mu     sync.Mutex
	passed int
	fails  bool
	held   chan struct{} // closed when commits may go on; nil: they may

	arrived chan struct{} // a commit is held
}

// gated has the commits of the store that is to be opened in dir pass a gate.
func gated(t testing.TB, dir string) *gate {
	t.Helper()
	g := &gate{arrived: make(chan struct{}, 1)}
	name := "file:" + (&url.URL{Path: filepath.Join(dir, sqlite.DBFile)}).EscapedPath()
	gates.Store(name, g)
	t.Cleanup(func() { gates.Delete(name) })
	return g
}

// pass is called by SQLite for every COMMIT of something written; it rolls back
// what does not pass.
func (g *gate) pass() int32 {
	g.mu.Lock()
	held := g.held
	g.mu.Unlock()
	if held != nil {
		g.arrived <- struct{}{}
		<-held
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails {
		return 1
	}
	g.passed++
	return 0
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

// count returns how many commits have passed since hold.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passed
}
