package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// Sizes of the disk and of what is on it.
const (
	smallDisk = 16 << 20
	ballast   = 4 << 20   // another file
	maxPosts  = 20_000    // more than the disk can hold
	toBegin   = 128 << 10 // SQLite needs it to open its files
)

// runFull fills a small disk, once with --min-free and once to the last block, and
// prints a transcript.
func runFull(ctx context.Context, w *workspace) (err error) {
	if err := canLoop(); err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	for i := range w.rounds {
		for _, minFree := range []string{"1MB", "0"} {
			f := &fullDisk{workspace: w, dir: w.path(fmt.Sprintf("full-%d-%s", i, minFree)), minFree: minFree}
			if err := f.perform(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// canLoop returns why this machine cannot mount a disk image; nil if it can.
func canLoop() error {
	if os.Geteuid() != 0 {
		return skipped{"mounting a disk image needs root"}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return skipped{"there are no loop devices: " + err.Error()}
	}
	for _, program := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(program); err != nil {
			return skipped{err.Error()}
		}
	}
	return nil
}

// A fullDisk is a small disk and a session with the chatd that uses it.
type fullDisk struct {
	*workspace
	dir     string // the mount point
	minFree string
	run     *run
	session *harness.Client
	daemon  *daemon
}

// mount creates the disk and mounts it.
func (f *fullDisk) mount(ctx context.Context) error {
	image := f.dir + ".img"
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(image, smallDisk); err != nil {
		return err
	}
	if err := os.Mkdir(f.dir, 0o755); err != nil {
		return err
	}
	if err := command(ctx, "mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", image); err != nil {
		return err
	}
	// The loop device goes with the mount.
	if err := command(ctx, "mount", "-o", "loop", image, f.dir); err != nil {
		return skipped{err.Error()}
	}
	return nil
}

func command(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// perform fills the disk twice, with posts and with another file.
func (f *fullDisk) perform(ctx context.Context) (err error) {
	if err := f.mount(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, command(context.WithoutCancel(ctx), "umount", f.dir)) }()
	f.options = f.smallLoad()
	f.run = newRun(f.workspace, f.dir+"/data", "--min-free", f.minFree, "--max-store", "0")
	f.run.load.source.large = true
	f.run.load.enter(recovering)
	if err := os.Mkdir(f.run.data, 0o700); err != nil {
		return err
	}
	defer func() { f.daemon.Kill() }()
	f.printf("\n# a disk of %d MB with a file of %d MB; chatd --min-free %s\n", smallDisk>>20, ballast>>20, f.minFree)
	if err := f.script(ctx); err != nil {
		f.run.load.ledger.fault(broken, "%v", err)
	}
	f.daemon.Kill()
	f.printf("# chatd is killed, and everything is read:\n")
	f.run.load.enter(healthy)
	return f.run.finish(ctx)
}

// smallLoad returns the options with one poster, one reader, one room and no accounts.
func (f *fullDisk) smallLoad() *options {
	o := *f.options
	o.posters, o.readers, o.rooms, o.holders = 1, 1, 1, 0
	return &o
}

// open starts chatd and the session.
func (f *fullDisk) open(ctx context.Context) (err error) {
	d := f.run.start(ctx)
	if d == nil {
		return errors.New("chatd did not start")
	}
	f.daemon = d
	if f.session, err = f.run.load.dialAs(ctx, f.daemon.socket, nickOf(0)); err != nil {
		d.Kill()
	}
	return err
}

// script goes through what happens to the disk.
func (f *fullDisk) script(ctx context.Context) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	other := f.dir + "/other"
	size, err := fill(other, ballast)
	if err != nil || size < ballast {
		return fmt.Errorf("writing %s: %d bytes: %w", other, size, err)
	}
	if err := f.postUntilRefused(ctx); err != nil {
		return err
	}
	if err := f.free(ctx, other); err != nil {
		return err
	}
	size, err = fill(other, smallDisk)
	f.printf("# another file takes all the space, %d bytes (%v)\n", size, err)
	if err := f.postUntilRefused(ctx); err != nil {
		return err
	}
	f.printf("# chatd is killed, and started again with %d KB free\n", toBegin>>10)
	f.daemon.Kill()
	if err := os.Truncate(other, int64(max(0, size-toBegin))); err != nil {
		return err
	}
	if err := f.open(ctx); err != nil {
		return err
	}
	return f.free(ctx, other)
}

// free asks for what a full disk must not prevent, and then frees space.
func (f *fullDisk) free(ctx context.Context, other string) error {
	if err := f.askToRead(ctx); err != nil {
		return err
	}
	if err := os.Remove(other); err != nil {
		return err
	}
	f.printf("# the other file is removed\n")
	return f.postUntilStored(ctx)
}

// fill writes a file until it has the size or the disk is full.
func fill(name string, size int) (written int, err error) {
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	block := make([]byte, 1024)
	for written < size && err == nil {
		var n int
		n, err = out.Write(block)
		written += n
	}
	if !errors.Is(err, syscall.ENOSPC) {
		err = errors.Join(err, out.Sync())
	}
	return written, err
}

// postUntilRefused posts until three posts in a row are refused; after one refusal a
// checkpoint may make space for more.
func (f *fullDisk) postUntilRefused(ctx context.Context) error {
	taken, refusals := 0, 0
	for refusals < 3 {
		sent, answer, err := f.post()
		if err != nil {
			return err
		}
		if answer.Type == proto.OK {
			taken++
			refusals = 0
		} else {
			if refusals++; refusals == 1 {
				f.printf("# %d posts were stored; then:\n", taken)
			}
			sleep(ctx, refusedPause)
		}
		if taken <= 2 || refusals > 0 {
			f.printf("> %.60s… (%d bytes)\n", sent, len(sent))
			f.show(answer)
		}
		if taken == maxPosts || ctx.Err() != nil {
			return fmt.Errorf("%d posts were stored, and none refused", taken)
		}
	}
	return nil
}

// postUntilStored posts until there is an OK.
func (f *fullDisk) postUntilStored(ctx context.Context) error {
	for since := time.Now(); ; sleep(ctx, refusedPause) {
		sent, answer, err := f.post()
		if err != nil {
			return err
		}
		took := time.Since(since)
		if answer.Type == proto.OK {
			f.printf("# posts are stored again after %v:\n> %.60s… (%d bytes)\n", took.Round(time.Millisecond), sent, len(sent))
			f.show(answer)
			return nil
		}
		if took > resumeWithin || ctx.Err() != nil {
			return fmt.Errorf("after %v posts are still refused: %s %s", took, answer.Code, answer.Text)
		}
	}
}

// post posts the next post, and returns what was sent and answered.
func (f *fullDisk) post() (sent string, answer proto.Line, err error) {
	load := f.run.load
	poster := load.posters[0]
	p := load.source.post(load.ledger.next(0))
	sent = strings.TrimSuffix(string(load.source.append(nil, p)), "\n")
	if err := f.session.Send(sent + "\n"); err != nil {
		return sent, answer, err
	}
	if answer, err = poster.answer(f.session); err == nil {
		poster.note(p, answer, load.period.Load())
	}
	return sent, answer, err
}

// askToRead sends commands that read on a new connection.
func (f *fullDisk) askToRead(ctx context.Context) error {
	f.printf("# a second connection:\n")
	c, err := dial(ctx, f.daemon.socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	room := f.run.load.source.rooms[0]
	for _, command := range []string{"PING", "IN " + room + " HISTORY 1", "JOIN " + room + " LAST 1", "WHO", "QUIT"} {
		f.printf("> %s\n", command)
		answer, err := c.Ask(command)
		for _, line := range answer {
			f.show(line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// show prints a line from chatd, the text of a long post cut short.
func (f *fullDisk) show(line proto.Line) {
	text := strings.TrimSuffix(string(line.Append(nil, proto.Text)), "\n")
	if len(line.Text) > 1000 {
		text = fmt.Sprintf("%.90s… (%d bytes)", text, len(text))
	}
	f.printf("< %s\n", text)
}
