package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"linechat/chatd/internal/history/sqlite/offline"
)

func backupCommand(p *program) *cobra.Command {
	return p.dataCommand(&cobra.Command{
		Use:   "backup FILE",
		Short: "copies all rooms into FILE, also while chatd runs",
		Args:  takes(1, 1),
		Long: `chatd backup copies all rooms, as they are at one moment, into FILE. FILE
appears only when the copy is whole, checked and on the disk. A file that
exists is not replaced. search.db is not copied: chatd makes it again.

To restore a backup, put it as chat.db into an empty directory:

    mkdir -m 700 DIR && cp FILE DIR/chat.db && chatd --data DIR`,
	}, runBackup)
}

func runBackup(in *invocation) error {
	ctx, stop := signal.NotifyContext(context.Background(), interruptSignals()...)
	defer stop()
	file := in.args[0]
	report, err := offline.Backup(ctx, in.data, file, in.progress.update)
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
	in.progress.clear()
	_, err = fmt.Fprintf(in.stdout, "%s: %s, %s\n", file, contents(&report), humanize.Bytes(uint64(st.Size())))
	return err
}

// interruptSignals are the signals that end a backup, which then removes what it
// has written. One that is ignored, as nohup ignores SIGHUP, stays ignored.
func interruptSignals() []os.Signal {
	return slices.DeleteFunc(append(stopSignals(), reloadSignals()...), signal.Ignored)
}
