package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unitOf returns the unit that logs install prints.
func unitOf(t *testing.T, flags ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := &world{in: os.Stdin, out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)}
	if code := w.main(append([]string{"install", "--print", "--program", "/bin/true"}, flags...)); code != 0 {
		t.Fatalf("%v: code %d", flags, code)
	}
	return out.String()
}

// unitLines parses a unit: lists of values by section and key.
func unitLines(t *testing.T, unit string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	section := ""
	for i, line := range strings.Split(unit, "\n") {
		key, value, isSetting := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
		case !isSetting || section == "" || strings.ContainsAny(key, " \t"):
			t.Errorf("line %d is nothing: %s", i+1, line)
		default:
			all[section+"."+key] = append(all[section+"."+key], value)
		}
	}
	return all
}

func TestUnitShutsOut(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		want  map[string][]string
	}{
		"plain": {nil, map[string][]string{
			"Service.CapabilityBoundingSet": {""}, "Service.AmbientCapabilities": {""}, "Service.ReadWritePaths": nil,
		}},
		"all": {[]string{"--firewall", "--low-ports", "--writable", "/srv"}, map[string][]string{
			"Service.CapabilityBoundingSet": {"CAP_NET_ADMIN CAP_NET_BIND_SERVICE"}, "Service.ReadWritePaths": {"/srv"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			unit := unitOf(t, c.flags...)
			settings := unitLines(t, unit)
			for key, want := range c.want {
				if got := settings[key]; !slices.Equal(got, want) {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			for key, values := range settings {
				if len(values) > 1 && key != "Service.SystemCallFilter" {
					t.Errorf("%s is set %d times", key, len(values))
				}
			}
			for _, key := range []string{
				"NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectClock", "ProtectHostname", "ProtectKernelTunables",
				"ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "RestrictNamespaces", "RestrictRealtime",
				"RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute",
			} {
				if !slices.Equal(settings["Service."+key], []string{"yes"}) {
					t.Errorf("%s is %q", key, settings["Service."+key])
				}
			}
			analyze(t, unit)
		})
	}
}

// analyze has systemd judge a unit, where there is systemd. What it finds is
// held by the checks above, too; it only knows more.
func analyze(t *testing.T, unit string) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		return
	}
	file := filepath.Join(t.TempDir(), "logs.service")
	if err := os.WriteFile(file, []byte(unit), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", file},
		{"security", "--offline=true", "--threshold=20", file}, // 2.0 of 10, where 10 is wide open
	} {
		if out, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}
