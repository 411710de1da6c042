package account

import (
	"strings"
	"testing"
)

// little is a cost that takes no time.
var little = cost{memory: 64, time: 1, threads: 1}

func TestVerify(t *testing.T) {
	h := hash("open sesame", little)
	if other := hash("open sesame", little); other == h {
		t.Error("two hashes of one password are the same")
	}
	if ok, outdated := verify(h, "open sesame"); !ok || !outdated {
		t.Errorf("the password is right: %t, and its cost outdated: %t", ok, outdated)
	}
	if ok, _ := verify(h, "open sesamE"); ok {
		t.Error("another password is right")
	}
	if ok, outdated := verify(hash("x", today), "x"); !ok || outdated {
		t.Errorf("of today's cost: right %t, outdated %t", ok, outdated)
	}
}

// The string is that of the PHC format, so that other programs can read it.
func TestHashFormat(t *testing.T) {
	const known = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$"
	if _, salt, _, err := parse(known + "AAAAAAAAAAAAAAAAAAAAAA"); err != nil || string(salt) != "somesalt" {
		t.Errorf("salt %q, %v", salt, err)
	}
	if h := hash("x", today); !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%q", h)
	}
}

// A hash that a changed file holds is refused before it is computed.
func TestCheckHash(t *testing.T) {
	h := hash("x", little)
	if err := CheckHash(h); err != nil {
		t.Error(err)
	}
	for old, wrong := range map[string]string{
		"argon2id": "argon2i", "v=19": "v=16", "m=64": "m=4000000000", "t=1": "t=0", "p=1": "p=0", "$": "", "m=": "n=",
	} {
		if bad := strings.Replace(h, old, wrong, 1); CheckHash(bad) == nil {
			t.Errorf("%s is a hash", bad)
		} else if ok, _ := verify(bad, "x"); ok {
			t.Errorf("%s verifies", bad)
		}
	}
}

func TestPrepare(t *testing.T) {
	for password, want := range map[string]string{
		"12345678":                "",
		"1234567":                 "at least 8",
		"":                        "empty",
		"with a blank":            "",
		"tab\tinside":             "control",
		strings.Repeat("x", 128):  "",
		strings.Repeat("x", 129):  "at most 128",
		"ｆｕｌｌｗｉｄｔｈ":               "",
		"bell\a in a password":    "control",
		"not UTF-8 \xff password": "is UTF-8",
	} {
		_, err := prepare(password)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", password, err, want)
		case err != nil && password != "" && strings.Contains(err.Error(), password):
			t.Errorf("the error holds the password: %v", err)
		}
	}
	composed, _ := prepare("caf\u00e9 noir")
	decomposed, _ := prepare("cafe\u0301 noir")
	if composed != decomposed {
		t.Errorf("%q and %q are typed the same way", composed, decomposed)
	}
}
