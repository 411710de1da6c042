//go:build unix

// Package liner proves the patches of this directory, which wait to be released
// by github.com/peterh/liner.
package liner

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/peterh/liner"

func TestReverseSearchPatch(t *testing.T) {
	patch, err := filepath.Abs("reverse-search.patch")
	if err != nil {
		t.Fatal(err)
	}
	c := copyModule(t)
	c.run("git", "apply", "--include=*_test.go", patch)
	if out, err := c.test(); err == nil || !strings.Contains(out, "panic: runtime error: slice bounds out of range") {
		t.Errorf("without the patch the test must panic (%v):\n%s", err, out)
	}
	c.run("git", "apply", "--exclude=*_test.go", patch)
	if out, err := c.test(); err != nil || !strings.Contains(out, "--- PASS: TestReverseSearchNonASCII") {
		t.Errorf("with the patch the test must pass (%v):\n%s", err, out)
	}
}

// A linerCopy is liner in a directory where it may be changed. What it imports
// comes from the module cache, in the versions that chat uses.
type linerCopy struct {
	t       *testing.T
	dir     string
	modFile string // go.mod of this module, with dir in place of liner
}

func copyModule(t *testing.T) *linerCopy {
	t.Helper()
	temp := t.TempDir()
	c := &linerCopy{t: t, dir: filepath.Join(temp, "liner"), modFile: filepath.Join(temp, "go.mod")}
	if err := os.CopyFS(c.dir, os.DirFS(c.run("go", "list", "-m", "-f", "{{.Dir}}", module))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("..", "..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(temp, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c.run("go", "mod", "edit", "-replace="+module+"="+c.dir, c.modFile)
	return c
}

// test runs the test that the patch adds.
func (c *linerCopy) test() (string, error) {
	cmd := exec.CommandContext(c.t.Context(), "go", "test", "-v", "-modfile="+c.modFile, "-run=^TestReverseSearchNonASCII$", module)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// run runs a command that must succeed, git's in the copy, and returns what it
// prints.
func (c *linerCopy) run(name string, args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), name, args...)
	if name == "git" {
		cmd.Dir = c.dir
	}
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%v: %v", cmd, err)
	}
	return strings.TrimSpace(string(out))
}
