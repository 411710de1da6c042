package machine_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
)

var seeds = flag.Uint64("seeds", 100, "how many random logs TestReplicas applies")

// Whatever is in a log, all replicas make the same of it, however often they crash, and what
// they make of it is a chat.
func TestReplicas(t *testing.T) {
	for seed := range *seeds {
		random := rand.New(rand.NewPCG(seed, 1))
		steady, crashing, failing := newReplica(0), newReplica(3), newReplica(30)
		for i, e := range machinetest.Log(seed, 300) {
			for _, r := range []*replica{steady, crashing, failing} {
				if err := r.apply(uint64(i+1), e, random); err != nil {
					t.Fatalf("seed %d: record %d: %v", seed, i+1, err)
				}
				if r.state.Hash() != steady.state.Hash() {
					t.Fatalf("seed %d: record %d: the hashes differ", seed, i+1)
				}
			}
		}
		for _, r := range []*replica{crashing, failing} {
			if got, want := machine.Dump(r.state), machine.Dump(steady.state); got != want {
				t.Fatalf("seed %d: the states differ:\n%s\n%s", seed, got, want)
			}
			if got, want := r.copy.String(), steady.copy.String(); got != want {
				t.Fatalf("seed %d: the copies differ:\n%s\n%s", seed, got, want)
			}
		}
	}
}

// A replica is a state with its copy.
type replica struct {
	state   *machine.State
	copy    machinetest.Copy
	checker checker
	crashes int // of a hundred records
}

func newReplica(crashes int) *replica {
	return &replica{state: machine.New(), checker: newChecker(), crashes: crashes}
}

// apply applies a record, after which the replica may crash and begin with what its copy has.
func (r *replica) apply(seq uint64, e machinetest.Entry, random *rand.Rand) error {
	res, err := r.state.Apply(seq, e.Time, e.Record)
	if err != nil {
		return err
	}
	if err := r.copy.Apply(res); err != nil {
		return err
	}
	if err := r.checker.check(&res, r.state); err != nil {
		return err
	}
	if random.IntN(100) < r.crashes {
		return r.crash()
	}
	return nil
}

func (r *replica) crash() error {
	loaded, err := machine.Load(&r.copy)
	if err != nil {
		return err
	}
	if was, is := machine.Dump(r.state), machine.Dump(loaded); was != is {
		return fmt.Errorf("the state was\n%s\nand after a crash it is\n%s", was, is)
	}
	r.state = loaded
	return nil
}

// Whatever a record says, it is applied without harm, and a replica that crashes after it
// begins with the same.
func FuzzApply(f *testing.F) {
	for _, e := range machinetest.Log(0, 60) {
		f.Add(e.Record)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := machine.Decode(b)
		if err != nil {
			return
		}
		l := newLog(t)
		den := l.makeRoom("den")
		l.want(nil, claim(1, "alice", "key"))
		l.want(nil, &backplane.Join{Session: 1, Fold: den})
		l.want(nil, keyedPosts(den, "k", "hello"))
		l.publish(1, r.Items...)
		replica := replica{state: l.State, copy: l.copy}
		if err := replica.crash(); err != nil {
			t.Error(err)
		}
	})
}
