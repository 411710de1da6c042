package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

func TestNickOfLogin(t *testing.T) {
	for login, want := range map[string]string{
		"alice":                 "alice",
		`CORP\alice`:            "alice",
		`corp.example\jo.smith`: "jo.smith",
		"alice@example.org":     "alice",
		`CORP\alice@example`:    "alice",
		`CORP\`:                 "",
		"@example.org":          "",
		"":                      "",
		`CORP\Alice Smith`:      "",
		"guest-7":               "",
		"root":                  "",
		`CORP\Administrator`:    "",
		`CORP\guest-7`:          "",
	} {
		if got := nickOf(login); got != want {
			t.Errorf("%q gives %q, not %q", login, got, want)
		}
	}
}

// TestWithPort: a server without a port has the usual one.
func TestWithPort(t *testing.T) {
	for server, want := range map[string]string{
		"chat": "chat:5001", "chat:1": "chat:1", "tls://chat": "tls://chat:5443", "tls://chat:1": "tls://chat:1",
		"unix:///run/chat": "unix:///run/chat", "": "", "tls://": "tls://", "[::1]:1": "[::1]:1",
		"a,b:1,tls://c": "a:5001,b:1,tls://c:5443",
	} {
		if got := withPorts(server); got != want {
			t.Errorf("%q is %q, not %q", server, got, want)
		}
	}
}

// TestReadKey: the key is the first line without the blanks around it; what is no key
// is refused with the reason.
func TestReadKey(t *testing.T) {
	longest := strings.Repeat("k", proto.MaxKey)
	for content, want := range map[string]struct{ key, refusal string }{
		"s3cret":                        {key: "s3cret"},
		" s3cret \r\nmore\n":            {key: "s3cret"},
		longest + "\n":                  {key: longest},
		"":                              {refusal: "no key in the first line"},
		" \ns3cret\n":                   {refusal: "no key in the first line"},
		longest + "k\n":                 {refusal: "at most"},
		strings.Repeat("k", 5000):       {refusal: "at most"},
		strings.Repeat(" ", 5000) + "k": {refusal: "no key in the first line"},
	} {
		name := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := readKey(name)
		if refused := err != nil; key != want.key || refused != (want.refusal != "") || refused && !strings.Contains(err.Error(), want.refusal) {
			t.Errorf("%.20q gives %.20q, %v", content, key, err)
		}
	}
	if _, err := readKey(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file the error is %v", err)
	}
}
