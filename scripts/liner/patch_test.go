//go:build unix

// Package liner proves the patches of this directory, which wait to be released
// by github.com/peterh/liner.
package liner

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/peterh/liner"

func TestReverseSearchPatch(t *testing.T) {
	patch, err := os.ReadFile("reverse-search.patch") // here, so that go test notices a change
	if err != nil {
		t.Fatal(err)
	}
	c := copyModule(t)
	c.apply(patch, "--include=*_test.go")
	if out, err := c.test(); err == nil || !strings.Contains(out, "panic: runtime error: slice bounds out of range") {
		t.Errorf("without the patch the test must panic (%v):\n%s", err, out)
	}
	c.apply(patch, "--exclude=*_test.go")
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
	if err := os.CopyFS(c.dir, os.DirFS(c.goOutput("list", "-m", "-f", "{{.Dir}}", module))); err != nil {
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
	c.goOutput("mod", "edit", "-replace="+module+"="+c.dir, c.modFile)
	return c
}

// test runs the test that the patch adds.
func (c *linerCopy) test() (string, error) {
	cmd := exec.CommandContext(c.t.Context(), "go", "test", "-v", "-modfile="+c.modFile, "-run=^TestReverseSearchNonASCII$", module)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// apply applies the part of a patch that the option names.
func (c *linerCopy) apply(patch []byte, option string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", "apply", option)
	cmd.Dir, cmd.Stdin = c.dir, bytes.NewReader(patch)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %v: %s", cmd, err, out)
	}
}

// goOutput runs a go command that must succeed, and returns what it prints.
func (c *linerCopy) goOutput(args ...string) string {
	c.t.Helper()
	out, err := exec.CommandContext(c.t.Context(), "go", args...).Output()
	if err != nil {
		c.t.Fatalf("go %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}
