package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"linechat/chatd/internal/history/sqlite"
)

var backupCommand = command{
	name:      "backup",
	arguments: "FILE",
	least:     1,
	most:      1,
	brief:     "copies all rooms into FILE, also while chatd runs",
	about: `FILE is chat.db as it is at one moment. It has its name only when it is whole,
checked and on the disk; a file that exists is not replaced. search.db is not
in it: chatd makes that anew.

To restore a backup, put it as chat.db into an empty directory:

    mkdir -m 700 DIR && cp FILE DIR/chat.db && chatd --data DIR
`,
	run: runBackup,
}

func runBackup(a *call) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	file := a.given[0]
	report, err := sqlite.Backup(ctx, dir, file, a.meter.progress)
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted; no backup was made")
	}
	if err != nil {
		return err
	}
	st, err := os.Stat(file)
	if err != nil {
		return err
	}
	a.meter.clear()
	_, err = fmt.Fprintf(a.stdout, "%s: %s, %s\n", file, contents(&report), roughly(st.Size()))
	return err
}

// endings are the signals that end a backup. What it has written is taken away.
func endings() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
