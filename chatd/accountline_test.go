package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const exportedAccounts = `{"type":"account","id":3,"nick":"Alice","made":"2026-11-28T12:00:00.000000001Z","hash":"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA","keys":[{"fingerprint":"SHA256:a","kind":"ssh","comment":"alice@home","added":"2026-11-28T12:00:00.000000002Z","proved":true},{"fingerprint":"SHA256:b","kind":"ssh","added":"2026-11-28T12:00:00.000000003Z"}],"ignored":["Bob","mallory"]}
{"type":"account","id":5,"nick":"carol","made":"2026-11-28T12:00:00.000000001Z","keys":[{"fingerprint":"SHA256:a","kind":"ssh","added":"2026-11-28T12:00:00.000000002Z"},{"fingerprint":"SHA256:b","kind":"ssh","added":"2026-11-28T12:00:00.000000003Z"}]}
{"type":"account","id":7,"nick":"bob","made":"2026-11-28T12:00:00.000000001Z","released":"2026-11-28T13:00:00.000000001Z"}
{"type":"room","room":"go","account":7,"first":1,"head":3}
{"type":"msg","room":"go","seq":1,"time":"2026-11-28T12:30:00.000000001Z","nick":"bob","text":"one","account":7}
{"type":"msg","room":"go","seq":2,"time":"2026-11-28T12:30:00.000000001Z","nick":"Alice","text":"two","account":3}
{"type":"msg","room":"go","seq":3,"time":"2026-11-28T12:30:00.000000001Z","nick":"carol","text":"three"}
`

// imported writes an export to a file, and imports it into a new directory.
func imported(t *testing.T, export string) (data string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "saved")
	if err := os.WriteFile(file, []byte(export), 0o600); err != nil {
		t.Fatal(err)
	}
	data = filepath.Join(t.TempDir(), "data")
	succeed(t, "import", "--data", data, file)
	return data
}

// Accounts, given up or not, and whose rooms and posts are whose go through an export, with new ids.
// Hashes do only when they are asked for.
func TestAccountsAreExported(t *testing.T) {
	t.Parallel()
	data := imported(t, exportedAccounts)
	renumbered := strings.NewReplacer(`"id":3`, `"id":1`, `"id":5`, `"id":2`, `"id":7`, `"id":3`, `"account":3`, `"account":1`, `"account":7`, `"account":3`).Replace(exportedAccounts)
	if got := succeed(t, "export", "--data", data, "--accounts"); got != renumbered {
		t.Errorf("got\n%s\nwant\n%s", got, renumbered)
	}
	without := succeed(t, "export", "--data", data)
	if strings.Contains(without, "argon2id") || !strings.Contains(without, "SHA256:a") {
		t.Errorf("without --accounts: %s", without)
	}
	if again := succeed(t, "export", "--data", imported(t, without)); again != without {
		t.Errorf("without hashes:\n%s\nand again\n%s", without, again)
	}
	if got := succeed(t, "export", "--data", imported(t, succeed(t, "export", "--data", data, "go"))); strings.Contains(got, "account") {
		t.Errorf("of accounts that are not imported there is\n%s", got)
	}
	if said := succeed(t, "check", "--data", data); !strings.Contains(said, "3 accounts, 1 room, 3 posts") {
		t.Errorf("check says %s", said)
	}
}

func TestAccountLinesAreChecked(t *testing.T) {
	line, _, _ := strings.Cut(exportedAccounts, "\n")
	if _, err := parseLine([]byte(line)); err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{
		`"id":3`: `"id":0`, "Alice": "a b", "argon2id": "md5", "2026-11-28T12:00:00.000000001Z": "noon", `"ssh"`: `"gpg"`,
		`"hash"`: `"released":"2026-11-28T13:00:00Z","hash"`,
	} {
		parsed, err := parseLine([]byte(strings.Replace(line, old, wrong, 1)))
		if err == nil {
			_, err = parsed.(*accountLine).record()
		}
		if err == nil {
			t.Errorf("%s for %s is taken", wrong, old)
		}
	}
}
