package sink

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func TestFirewallProtects(t *testing.T) {
	f := &Firewall{Allow: prefixes("10.0.0.0/8", "::ffff:172.16.0.0/108", "2001:db8:1::/48", "198.51.100.7/32")}
	own := []net.Addr{
		&net.IPNet{IP: net.ParseIP("192.0.2.1"), Mask: net.CIDRMask(24, 32)},
		&net.IPNet{IP: net.ParseIP("2001:db8::1"), Mask: net.CIDRMask(64, 128)},
	}
	for target, want := range map[string]string{
		"203.0.113.5":              "",
		"::ffff:203.0.113.5":       "",
		"2001:db8::2":              "",
		"192.0.2.2":                "",
		"0.0.0.0":                  "unspecified",
		"::":                       "unspecified",
		"127.0.0.1":                "loopback",
		"127.9.9.9":                "loopback",
		"::1":                      "loopback",
		"::ffff:127.0.0.1":         "loopback",
		"169.254.1.1":              "link-local",
		"fe80::1%eth0":             "link-local",
		"224.0.0.1":                "multicast",
		"ff02::1":                  "multicast",
		"255.255.255.255":          "broadcast",
		"192.0.2.1":                "of this machine",
		"::ffff:192.0.2.1":         "of this machine",
		"2001:db8::1":              "of this machine",
		"2001:db8::1%eth0":         "of this machine",
		"10.1.2.3":                 "allowed by 10.0.0.0/8",
		"::ffff:10.1.2.3":          "allowed by 10.0.0.0/8",
		"::ffff:0a01:0203":         "allowed by 10.0.0.0/8",
		"::ffff:10.1.2.3%lo":       "allowed by 10.0.0.0/8",
		"172.16.5.5":               "allowed by 172.16.0.0/12",
		"::ffff:172.16.5.5":        "allowed by 172.16.0.0/12",
		"2001:db8:1::9":            "allowed by 2001:db8:1::/48",
		"2001:db8:1::9%any":        "allowed by 2001:db8:1::/48",
		"198.51.100.7":             "allowed by 198.51.100.7/32",
		"":                         "no address",
		"10.1":                     "no address",
		"203.0.113.05":             "no address",
		"0xcb007105":               "no address",
		"3405803781":               "no address",
		"203.0.113.0/24":           "no address",
		"203.0.113.5 ":             "no address",
		"203.0.113.5; flush":       "no address",
		"example.org":              "no address",
		"203.0.113.5\x00":          "no address",
		"203.0.113.5\n203.0.113.6": "no address",
	} {
		got := ""
		if a, err := address(target); err != nil {
			got = err.Error()
		} else {
			got = f.protected(a, own)
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8":        "10.0.0.0/8",
		"192.0.2.7":         "192.0.2.7/32",
		"::1":               "::1/128",
		"fe80::1%eth0":      "fe80::1/128",
		"::ffff:10.0.0.0/8": "::ffff:10.0.0.0/8",
		"":                  "",
		"10.0.0.0/33":       "",
		"10/8":              "",
		"example.org":       "",
	} {
		p, err := ParseNetwork(text)
		if (err == nil) != (want != "") || err == nil && p.String() != want {
			t.Errorf("%q: %s, %v, want %q", text, p, err, want)
		}
	}
}

// Whatever is allowed stays allowed in every way of writing it.
func TestFirewallAllowsEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v4 := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		bits := rapid.IntRange(0, 32).Draw(t, "bits")
		plain := netip.AddrFrom4(v4)
		mapped := netip.AddrFrom16(plain.As16())
		f := &Firewall{Allow: []netip.Prefix{netip.PrefixFrom(plain, bits)}}
		if rapid.Bool().Draw(t, "allowed as IPv6") {
			f.Allow[0] = netip.PrefixFrom(mapped, 96+bits)
		}
		zone := rapid.SampledFrom([]string{"", "%lo", "%10.0.0.1"}).Draw(t, "zone")
		for _, spelled := range []string{plain.String(), mapped.String(), mapped.StringExpanded() + zone} {
			a, err := address(spelled)
			if err != nil {
				t.Fatal(err)
			}
			if f.protected(a, nil) == "" {
				t.Errorf("%s may be banned though %s is allowed", spelled, f.Allow[0])
			}
		}
	})
}
