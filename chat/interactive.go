package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"linechat/chat/internal/ui"
	"linechat/chatd/cli"
)

// interactive serves a person: it is chat without a command.
func interactive(ctx context.Context, p *program) error {
	ctx, stop := p.watchStdout(ctx)
	defer stop()
	s, err := p.open(ctx, participant)
	if err != nil {
		return err
	}
	connection := p.config(participant)
	config := ui.Config{
		Color:    p.colored(),
		Zone:     p.zone(),
		NoStatus: p.noStatus,
		Servers:  strings.Contains(p.server, ","),
		History:  p.historyFile(),
		Insecure: !connection.Secure(),
		Reason:   reason,
		Stdin:    func(ctx context.Context) io.ReadCloser { return untilDone(ctx, p.stdin) },
		Stdout:   p.stdout,
	}
	if len(p.args) > 0 {
		config.Room = p.args[0]
	}
	return ui.Run(ctx, s.Client, config)
}

// historyFile is where input is kept; "": there is no place for it.
func (p *program) historyFile() string {
	state := cli.StateDir(p.env)
	if state == "" {
		return ""
	}
	return filepath.Join(state, "chat", "history")
}
