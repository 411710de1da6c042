package server

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the package's documentation names is there: the tests, and the functions of a
// POST's way.
func TestDocumentationNamesWhatThereIs(t *testing.T) {
	doc := readFile(t, "doc.go")
	var tests strings.Builder
	for _, pattern := range []string{"*_test.go", "../conn/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tests.WriteString(readFile(t, file))
		}
	}
	names := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(doc, -1)
	for _, name := range names {
		if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("there is no test %s", name)
		}
	}
	way := regexp.MustCompile(`(?m)^//	(\S+) +(\w+\.go) +(\w+) `).FindAllStringSubmatch(doc, -1)
	for _, row := range way {
		dir, file, function := row[1], row[2], row[3]
		if dir == "proto" {
			dir = "../proto"
		}
		declared := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + function + `\(`)
		if !declared.MatchString(readFile(t, filepath.Join("..", dir, file))) {
			t.Errorf("%s/%s has no function %s", dir, file, function)
		}
	}
	if len(names) < 15 || len(way) != 10 {
		t.Errorf("only %d tests and %d functions were found", len(names), len(way))
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
