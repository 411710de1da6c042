package main

import (
	"fmt"
	"net/netip"
	"strings"
)

// A prefixes is a flag of networks, each in CIDR notation or as a single address. Commas
// separate several, and each use of the flag adds to them.
type prefixes []netip.Prefix

// Set implements pflag.Value.
func (p *prefixes) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		prefix, err := parsePrefix(word)
		if err != nil {
			return err
		}
		*p = append(*p, prefix)
	}
	return nil
}

func parsePrefix(word string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(word); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(word)
	if err != nil {
		return prefix, fmt.Errorf("%q is no network: use an address such as 192.0.2.7, or one with the length of its prefix, such as 192.0.2.0/24 or 2001:db8::/32", word)
	}
	return prefix.Masked(), nil
}

// String implements pflag.Value.
func (p *prefixes) String() string {
	words := make([]string, len(*p))
	for i, prefix := range *p {
		words[i] = prefix.String()
	}
	return strings.Join(words, ",")
}

// Type implements pflag.Value.
func (p *prefixes) Type() string { return "CIDR" }
