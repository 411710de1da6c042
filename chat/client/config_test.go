package client_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestConfig: what cannot be used is said before anything is tried.
func TestConfig(t *testing.T) {
	for _, config := range []client.Config{
		{}, {Server: "localhost"}, {Server: "localhost:"}, {Server: "unix://"}, {Server: "http://localhost:80"}, {Server: "tls://localhost"},
		{Server: "tls://localhost:5001", Fingerprint: "SHA256:AAAA"}, {Server: "tls://localhost:5001", Fingerprint: strings.Repeat("A", 43)},
		{Server: "localhost:5001", Fingerprint: noFingerprint}, {Dial: noDial, Fingerprint: noFingerprint},
		{Server: "localhost:5001", Key: "two words"}, {Server: "localhost:5001", Key: "one\nQUIT"},
	} {
		if _, err := client.Dial(t.Context(), config); !errors.Is(err, client.ErrConfig) {
			t.Errorf("%+v: %v", config, err)
		}
	}
	var refused *proto.Error
	if _, err := client.Dial(t.Context(), client.Config{Server: "localhost:5001", Nick: "no blanks"}); !errors.As(err, &refused) || refused.Code != proto.BadName {
		t.Errorf("a bad nick: %v", err)
	}
	if _, err := client.Dial(t.Context(), client.Config{Server: "unix://" + filepath.Join(t.TempDir(), "none"), DialTimeout: -1}); !errors.Is(err, client.ErrConnect) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Dial(ctx, client.Config{Server: "unix:///none", DialTimeout: time.Hour})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrConnect) {
		t.Errorf("given up: %v", err)
	}
}
