package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options are the flags.
type options struct {
	benchmarks     []string
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
	conns          []int

	flags *pflag.FlagSet
}

// benchmarks are all benchmarks.
var benchmarks = []struct {
	name string
	make func(*options) *benchmark
}{
	{"posts", newPosts},
	{"delivery", newDelivery},
	{"fanout", newFanout},
	{"idle", newIdle},
}

// usual are the benchmarks that are run unless others are named.
var usual = []string{"posts", "fanout"}

func parseOptions(args []string) (*options, error) {
	o := &options{flags: pflag.NewFlagSet("bench", pflag.ContinueOnError)}
	f := o.flags
	f.SortFlags = false
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.IntVar(&o.rounds, "rounds", 3, "rounds of each server and load; benchstat takes their median, and wants 6 or more")
	f.StringSliceVar(&o.servers, "servers", plainServers, "the servers to measure; chatd-tls and chatd-ssh are chatd over TLS and SSH")
	f.StringVar(&o.chatd, "chatd", "", "chatd's `PATH` (default: build it)")
	f.StringVar(&o.chatdFlags, "chatd-flags", "", "more `FLAGS` for chatd; --memory replaces --data")
	f.StringVar(&o.redis, "redis-server", "redis-server", "redis-server's `PATH`")
	f.StringVar(&o.nats, "nats-server", "nats-server", "nats-server's `PATH`")
	f.StringVar(&o.dir, "dir", "", "the `DIRECTORY` for the servers' files, which are removed afterwards (default: that for temporary files)")
	f.Float64Var(&o.seconds, "seconds", 3, "posts: seconds that a round is measured")
	f.IntSliceVar(&o.posters, "posters", []int{1, 16, 256}, "posts: number of posters, each with one post under way")
	f.IntVar(&o.postersPerRoom, "posters-per-room", 16, "posts: number of posters that share a room")
	f.Float64Var(&o.fanoutSeconds, "fanout-seconds", 1.5, "fanout: seconds that a round is measured")
	f.IntSliceVar(&o.windows, "windows", []int{256, 16, 1}, "fanout: number of posts under way")
	f.IntVar(&o.members, "members", 200, "fanout: members of the room, including the poster")
	f.IntSliceVar(&o.conns, "conns", []int{1000}, "idle: number of connections")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.benchmarks = f.Args(); len(o.benchmarks) == 0 {
		o.benchmarks = usual
	}
	return o, o.check()
}

// check returns what is wrong with the options.
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
		{"conns", o.conns, 1, 100_000},
	}
	for _, b := range bounds {
		for _, v := range b.values {
			if v < b.low || v > b.high {
				return fmt.Errorf("--%s must be %d to %d, not %d", b.flag, b.low, b.high, v)
			}
		}
	}
	for _, seconds := range []float64{o.seconds, o.fanoutSeconds} {
		if !(seconds >= 0.05 && seconds <= 600) {
			return fmt.Errorf("seconds must be 0.05 to 600, not %v", seconds)
		}
	}
	for _, name := range o.servers {
		if !slices.Contains(serverNames, name) {
			return fmt.Errorf("--servers takes %s, not %q", strings.Join(serverNames, ", "), name)
		}
	}
	for _, name := range o.benchmarks {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("there is no benchmark %q, only %s", name, strings.Join(names(), ", "))
		}
	}
	return nil
}

func names() (all []string) {
	for _, b := range benchmarks {
		all = append(all, b.name)
	}
	return all
}

// chosen returns the benchmarks to run.
func (o *options) chosen() (all []*benchmark) {
	for _, b := range benchmarks {
		if slices.Contains(o.benchmarks, b.name) {
			all = append(all, b.make(o))
		}
	}
	return all
}

func (o *options) usage() string {
	return "bench compares chatd with redis and nats-server, in lines that benchstat reads.\n\nUsage: go run ./scripts/bench [flags] [" +
		strings.Join(names(), "] [") + "]\n\n" + o.flags.FlagUsages()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
