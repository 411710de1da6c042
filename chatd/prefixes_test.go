package main

import "testing"

func TestPrefixes(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.7/24": "192.0.2.0/24", "2001:db8::7": "2001:db8::7/128", "2001:db8::/32,192.0.2.7": "2001:db8::/32,192.0.2.7/32",
		"::ffff:192.0.2.7": "192.0.2.7/32", "": "error", "localhost": "error", "192.0.2.0/33": "error", "fe80::1%eth0": "error", "192.0.2.7,": "error",
	} {
		var p prefixes
		got := "error"
		if p.Set(text) == nil {
			got = p.String()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
