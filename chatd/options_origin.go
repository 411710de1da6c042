package main

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/spf13/pflag"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/origin"
)

// originOptions are the limits of an address. 0 is none.
type originOptions struct {
	exempt             []string
	sessionsPerAddress int
	connectsPerSecond  int
	linesPerAddress    int
	bytesPerAddress    size
	bytesPerDay        size
	deliveries         int
	createsPerHour     int
	registersPerHour   int
	tellsPerMinute     int
}

// How much of each limit may be used at once, in terms of its rate.
const (
	connectsAtOnce = 6.4 // seconds
	linesAtOnce    = 5   // seconds
	bytesAtOnce    = 256 // seconds
)

// afterDay is how many bytes a second are taken from an address that has posted all that it
// may in a day: what it may is replenished as fast.
const afterDay = 4 << 10

func (o *originOptions) flags() *pflag.FlagSet {
	fs := newFlagSet()
	o.bytesPerAddress, o.bytesPerDay = 64<<10, 256<<20
	fs.StringSliceVar(&o.exempt, "exempt", []string{"loopback"}, "lift these limits for `CIDR`, loopback or none;\nrepeatable")
	fs.IntVar(&o.sessionsPerAddress, "sessions-per-address", 256, "`N` connections at a time")
	fs.IntVar(&o.connectsPerSecond, "connects-per-second", 10, "`N` new connections per second,\nbursts of 6.4 N")
	fs.IntVar(&o.linesPerAddress, "lines-per-address", 400, "`N` lines per second, bursts of 5 N")
	fs.Var(&o.bytesPerAddress, "bytes-per-address", "`SIZE` of posts per second, bursts of 256\ntimes SIZE")
	fs.Var(&o.bytesPerDay, "bytes-per-day", "`SIZE` of posts per day, then 4 KiB per\nsecond")
	fs.IntVar(&o.deliveries, "deliveries-per-address", 20_000, "`N` deliveries of posts per second, bursts of\nN: for each connection in the room one, and\none more for each full 1,024 bytes of\ntext")
	fs.IntVar(&o.createsPerHour, "creates-per-hour", 5, "`N` new rooms per hour, bursts of 4 N")
	fs.IntVar(&o.registersPerHour, "registers-per-hour", 3, "`N` new accounts per hour, also where exempt,\nbursts of 10 N")
	fs.IntVar(&o.tellsPerMinute, "tells-per-minute", 10, "`N` private lines to one person per minute, also\nwhere exempt, bursts of N")
	return fs
}

// table returns a table of origins with these limits. Rates are lifted where lines have
// none.
func (o *originOptions) table(rates bool) (*origin.Table, error) {
	networks, err := o.networks()
	if err != nil {
		return nil, err
	}
	limits := origin.Limits{
		origin.Connects:   {Burst: int(math.Ceil(connectsAtOnce * float64(o.connectsPerSecond))), PerSecond: float64(o.connectsPerSecond)},
		origin.Lines:      {Burst: linesAtOnce * o.linesPerAddress, PerSecond: float64(o.linesPerAddress)},
		origin.Bytes:      {Burst: burst(bytesAtOnce * o.bytesPerAddress), PerSecond: float64(o.bytesPerAddress)},
		origin.Deliveries: {Burst: o.deliveries, PerSecond: float64(o.deliveries)},
		origin.Creates:    {Burst: backplane.CreatesAtOnce * o.createsPerHour, PerSecond: float64(o.createsPerHour) / 3600},
		origin.Registers:  {Burst: backplane.RegistersAtOnce * o.registersPerHour, PerSecond: float64(o.registersPerHour) / 3600, Strict: true},
		origin.Tells:      {Burst: o.tellsPerMinute, PerSecond: float64(o.tellsPerMinute) / 60, Strict: true},
	}
	if !rates {
		limits = origin.Limits{}
	}
	limits[origin.DayBytes] = origin.Limit{Burst: burst(o.bytesPerDay), PerSecond: afterDay}
	return origin.NewTable(limits, networks), nil
}

// burst returns n as far as an int has it.
func burst(n size) int { return int(min(n, math.MaxInt)) }

// maxBytes is the maximum of limits of bytes: sixteen times a burst of it is a number still.
const maxBytes = 1 << 50

func (o *originOptions) check() error {
	for flag, value := range map[string]size{"bytes-per-address": o.bytesPerAddress, "bytes-per-day": o.bytesPerDay} {
		if value > maxBytes {
			return fmt.Errorf("--%s must be at most 1 PiB, not %v; 0 is no limit", flag, &value)
		}
	}
	_, err := o.networks()
	return err
}

// networks returns what --exempt names.
func (o *originOptions) networks() (all []netip.Prefix, err error) {
	for _, word := range o.exempt {
		switch word {
		case "loopback":
			all = append(all, origin.Local...)
		case "none":
			if len(o.exempt) > 1 {
				return nil, fmt.Errorf("--exempt none stands alone, and not beside %s", o.exempt)
			}
		default:
			network, err := parsePrefix(word)
			if err != nil {
				return nil, fmt.Errorf("--exempt: %w, or loopback or none", err)
			}
			if network.Bits() > 64 && !network.Addr().IsLoopback() {
				return nil, fmt.Errorf("--exempt: %s is a part of an address, for limits: an address is 64 bits of IPv6", network)
			}
			all = append(all, network)
		}
	}
	return all, nil
}
