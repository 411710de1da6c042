package machine_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
)

var rewrite = flag.Bool("rewrite", false, "whether TestFunctionStaysTheSame writes its file anew")

// versionFile is a log: each line is the timestamp of a record, the record, and the beginning of
// the hash after it.
const versionFile = "testdata/version1.txt"

// Machines with different chatds and processors share a log, so what is made of the records of
// one version stays the same once a chatd that writes it is released. If this test fails after
// that, the function has changed, which needs a new version with a file of its own.
func TestFunctionStaysTheSame(t *testing.T) {
	if *rewrite {
		writeVersion(t)
	}
	file, err := os.ReadFile(versionFile)
	if err != nil {
		t.Fatal(err)
	}
	s := machine.New()
	for i, line := range strings.Split(strings.TrimSpace(string(file)), "\n") {
		fields := strings.Fields(line)
		nanos, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Apply(uint64(i+1), time.Unix(0, nanos), unhex(t, fields[1]))
		if err != nil || !bytes.Equal(res.Hash[:8], unhex(t, fields[2])) {
			t.Fatalf("record %d: the hash is %x, and was %s: %v", i+1, res.Hash[:8], fields[2], err)
		}
	}
}

func writeVersion(t *testing.T) {
	var file bytes.Buffer
	s := machine.New()
	for i, e := range machinetest.Log(1, 150) {
		res, err := s.Apply(uint64(i+1), e.Time, e.Record)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&file, "%d %x %x\n", e.Time.UnixNano(), e.Record, res.Hash[:8])
	}
	write(t, versionFile, file.Bytes())
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
