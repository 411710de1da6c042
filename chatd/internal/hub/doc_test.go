package hub

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// The package documentation names the tests that prove the invariants.
func TestDocumentationNamesTests(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			tests = append(tests, string(match[1]))
		}
	}
	named := regexp.MustCompile(`Test\w+`).FindAllString(string(doc), -1)
	if len(named) == 0 {
		t.Error("no test is named")
	}
	for _, name := range named {
		if !slices.Contains(tests, name) {
			t.Errorf("there is no %s", name)
		}
	}
}
