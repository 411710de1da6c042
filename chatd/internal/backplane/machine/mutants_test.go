package machine_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each mutant is a fault that the function must not have, and a test that has to notice.
var mutants = []struct{ what, test, file, code, mutant string }{
	{"epochs end in the order of a map", "Replicas", "epochs.go",
		"for _, e := range s.epochs.live {", "for _, e := range s.epochs.of { if e.ended { continue }"},
	{"log time by the machine's own clock", "Replicas", "position.go",
		"now := ts.UnixNano()", "now := time.Now().UnixNano()"},
	{"no check for holes", "Replicas", "epochs.go", "case r.N > e.n+1:", "case false:"},
	{"no check for repeats", "Replicas", "epochs.go", "case r.N <= e.n:", "case false:"},
	{"no fence", "Replicas", "epochs.go", "case e == nil || e.ended:", "case e == nil:"},
	{"a hash without verdicts", "HashTellsVerdictsApart", "position.go", "c.result(res)", ""},
	{"log time that goes on in outages", "LogTimeStandsStill", "position.go", "step > 0 && step <= maxStep", "step > 0"},
	{"times that go back", "Replicas", "rooms.go", "r.last = max(r.last, recorded)", "r.last = recorded"},
	{"repeats of a ONCE key that are stored", "Replicas", "posts.go", "earlier, err := s.earlier(r, p)", "var earlier *onceKey"},
	{"ONCE keys that are not in the copy", "Replicas", "once.go",
		"s.put(onceKeyRow(k.onceID), func(c *coder) { c.onceKey(k) })", ""},
	{"members of a room that is deleted", "Replicas", "sessions.go", "s.delete(here.memberRow(fold))", ""},
	{"nicks of the dead", "Replicas", "sessions.go", "s.nicks.release(here)\n\ts.epochs.remove", "s.epochs.remove"},
	{"nicks that look alike", "Replicas", "nicks.go", "like != nil && like != h && !like.is(here)", "false && like == h"},
}

func TestMutantsAreCaught(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.what, func(t *testing.T) { caught(t, "Test"+m.test, m.file, m.code, m.mutant) })
	}
}

// caught runs a test with code of a file replaced, and reports if it passes.
func caught(t *testing.T, test, file, code, mutant string) {
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), code); n != 1 {
		t.Fatalf("%s has %q %d times", file, code, n)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, file)
	write(t, changed, []byte(strings.Replace(string(source), code, mutant, 1)))
	original, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), overlay)
	run := exec.Command("go", "test", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-run", "^"+test+"$", ".")
	said, err := run.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "--- FAIL: "+test) {
		t.Errorf("%s does not fail: %v\n%s", test, err, said)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
