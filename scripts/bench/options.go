package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options is what the command line says.
type options struct {
	tables         []string
	rounds         int
	servers        []string
	chatd          string
	chatdFlags     string
	redis          string
	nats           string
	dir            string
	seconds        float64
	posters        []int
	postersPerRoom int
	fanoutSeconds  float64
	windows        []int
	members        int
	historyPosts   int
	historyRooms   int
	historySeconds float64

	flags *pflag.FlagSet
}

// tableMakers is every table there is, by the name it is chosen with, and the
// servers it is of. Those that are usual are made when none is chosen.
var tableMakers = []struct {
	name    string
	make    func(*options) table
	servers []string
	usual   bool
}{
	{"posts", postsTable, serverNames, true},
	{"fanout", fanoutTable, serverNames, true},
	{"history", historyTable, serverNames[:1], false},
}

func parseOptions(args []string) (*options, error) {
	o := &options{flags: pflag.NewFlagSet("bench", pflag.ContinueOnError)}
	f := o.flags
	f.SortFlags = false
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.IntVar(&o.rounds, "rounds", 3, "rounds of each server and load; a table's figures are their medians")
	f.StringSliceVar(&o.servers, "servers", serverNames, "the servers to compare")
	f.StringVar(&o.chatd, "chatd", "", "chatd's `PATH`; without one it is built")
	f.StringVar(&o.chatdFlags, "chatd-flags", "", "further `FLAGS` for chatd; with --memory among them it gets no --data")
	f.StringVar(&o.redis, "redis-server", "redis-server", "redis-server's `PATH`")
	f.StringVar(&o.nats, "nats-server", "nats-server", "nats-server's `PATH`")
	f.StringVar(&o.dir, "dir", "", "where the servers' files are made, and removed again; $TMPDIR or /tmp unless said")
	f.Float64Var(&o.seconds, "seconds", 3, "posts: seconds of a round that are measured")
	f.IntSliceVar(&o.posters, "posters", []int{1, 16, 256}, "posts: how many post, each with one post under way")
	f.IntVar(&o.postersPerRoom, "posters-per-room", 16, "posts: how many share a room")
	f.Float64Var(&o.fanoutSeconds, "fanout-seconds", 1.5, "fanout: seconds of a round that are measured")
	f.IntSliceVar(&o.windows, "windows", []int{256, 16, 1}, "fanout: posts under way at a time")
	f.IntVar(&o.members, "members", 200, "fanout: members of the room, its poster included")
	f.IntVar(&o.historyPosts, "history-posts", 100_000, "history: posts that there are")
	f.IntVar(&o.historyRooms, "history-rooms", 1000, "history: rooms that they are in")
	f.Float64Var(&o.historySeconds, "history-seconds", 2, "history: seconds that each question is measured")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.tables = f.Args()
	return o, o.check()
}

// check says what of the options cannot be.
func (o *options) check() error {
	bounds := []struct {
		flag      string
		values    []int
		low, high int
	}{
		{"rounds", []int{o.rounds}, 1, 1000},
		{"posters", o.posters, 1, 10_000},
		{"posters-per-room", []int{o.postersPerRoom}, 1, 10_000},
		{"windows", o.windows, 1, 100_000},
		{"members", []int{o.members}, 1, 10_000},
		{"history-posts", []int{o.historyPosts}, 1, 100_000_000},
		{"history-rooms", []int{o.historyRooms}, 1, 10_000},
	}
	for _, b := range bounds {
		for _, v := range b.values {
			if v < b.low || v > b.high {
				return fmt.Errorf("--%s is %d to %d, not %d", b.flag, b.low, b.high, v)
			}
		}
	}
	for _, seconds := range []float64{o.seconds, o.fanoutSeconds, o.historySeconds} {
		if !(seconds >= 0.05 && seconds <= 600) {
			return fmt.Errorf("a round is measured for 0.05 to 600 seconds, not %v", seconds)
		}
	}
	for _, name := range o.servers {
		if !slices.Contains(serverNames, name) {
			return fmt.Errorf("--servers takes %s, not %q", strings.Join(serverNames, ", "), name)
		}
	}
	for _, name := range o.tables {
		if !slices.Contains(tableNames(), name) {
			return fmt.Errorf("the tables are %s; there is no %q", strings.Join(tableNames(), " and "), name)
		}
	}
	return nil
}

func tableNames() (names []string) {
	for _, m := range tableMakers {
		names = append(names, m.name)
	}
	return names
}

// chosen returns the tables that were named, or the usual ones.
func (o *options) chosen() (all []table) {
	for _, m := range tableMakers {
		if o.chooses(m.name, m.usual) {
			all = append(all, m.make(o))
		}
	}
	return all
}

func (o *options) chooses(table string, usual bool) bool {
	return slices.Contains(o.tables, table) || len(o.tables) == 0 && usual
}

// wants reports whether a server has part in a table that was chosen.
func (o *options) wants(server string) bool {
	for _, m := range tableMakers {
		if o.chooses(m.name, m.usual) && slices.Contains(m.servers, server) {
			return slices.Contains(o.servers, server)
		}
	}
	return false
}

func (o *options) usage() string {
	return "bench compares chatd with redis and nats-server.\n\nUsage: go run ./scripts/bench [flags] [" +
		strings.Join(tableNames(), "] [") + "]\n\n" + o.flags.FlagUsages()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
