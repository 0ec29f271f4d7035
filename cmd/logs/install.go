package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

// installCmd is logs install.
type installCmd struct {
	User     string   `default:"logs" placeholder:"U" help:"The user that the service runs as; logs is made if it is missing."`
	Rules    string   `default:"/etc/logs/rules.d" placeholder:"DIR" help:"The folder of the rules."`
	Program  string   `placeholder:"FILE" help:"The program to run; this one if none is named."`
	Firewall bool     `help:"Let rules ban addresses: grants CAP_NET_ADMIN."`
	LowPorts bool     `help:"Let rules listen at ports below 1024, such as syslog's 514: grants CAP_NET_BIND_SERVICE."`
	Writable []string `sep:"none" placeholder:"DIR" help:"A further folder, which must exist, that rules may write to; repeatable."`
	Root     string   `placeholder:"DIR" help:"Write below this folder, and leave the running system alone."`

	Print     bool `xor:"what" help:"Print the unit and do nothing."`
	Enable    bool `xor:"what" help:"Start the service as well, now and with the machine."`
	Disable   bool `xor:"what" help:"Stop the service, now and with the machine; write nothing."`
	Uninstall bool `xor:"what" help:"Stop the service and take its unit away; rules and state stay."`

	Args []string `arg:"" optional:"" name:"run-flag" help:"What stands behind -- goes to logs run: flags and logs."`
}

// The files that logs install writes.
const (
	unitFile     = "/etc/systemd/system/logs.service"
	sysusersFile = "/etc/sysusers.d/logs.conf"
	tmpfilesFile = "/etc/tmpfiles.d/logs.conf"
	sampleFile   = "ssh-scanner.rdl" // in the folder of the rules
	stateFolder  = "/var/lib/logs"
)

//go:embed install.service
var unitText string

//go:embed install.rdl
var sampleRules string

// Run does what the flags ask for.
func (c installCmd) Run(w *world) error {
	if err := c.complete(); err != nil {
		return err
	}
	switch {
	case c.Print:
		_, err := w.out.Write(c.unit())
		return err
	case c.Disable:
		return c.call(w, "systemctl", "disable", "--now", "logs.service")
	case c.Uninstall:
		return c.uninstall(w)
	}
	if err := c.write(w); err != nil {
		return err
	}
	return c.activate(w)
}

// complete works out what was not said, and holds what was to what a unit can
// bear.
func (c *installCmd) complete() error {
	if c.Program == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("this program cannot be found: %w; name it with --program", err)
		}
		c.Program = self
	}
	for flag, path := range map[string]*string{"program": &c.Program, "rules": &c.Rules} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("--%s: %w", flag, err)
		}
		*path = abs
	}
	for _, dir := range c.Writable {
		if !filepath.IsAbs(dir) {
			return fmt.Errorf("--writable: %s must be named from the root", dir)
		}
	}
	if strings.ContainsFunc(c.User, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`"%:/\`, r) }) {
		return fmt.Errorf("--user: %q is no name of a user", c.User)
	}
	return nil
}

// unit returns the text of the unit.
func (c installCmd) unit() []byte {
	run := append([]string{c.Program, "run", "-r", c.Rules, "--state", stateFolder, "--follow"}, c.Args...)
	var caps []string
	if c.Firewall {
		caps = append(caps, "CAP_NET_ADMIN")
	}
	if c.LowPorts {
		caps = append(caps, "CAP_NET_BIND_SERVICE")
	}
	var b bytes.Buffer
	err := template.Must(template.New("unit").Parse(unitText)).Execute(&b, map[string]string{
		"Command": strings.ReplaceAll(unitWords(run), "$", "$$"), "User": c.User, "Capabilities": strings.Join(caps, " "), "Writable": unitWords(c.Writable),
	})
	if err != nil {
		panic(err) // the template is part of the program, and a Buffer takes everything
	}
	return b.Bytes()
}

// unitWords writes words as a unit has them.
func unitWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = unitWord(word)
	}
	return strings.Join(quoted, " ")
}

var unitEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, `%`, `%%`)

// unitWord writes a word so that systemd takes it as it is: as one word, with
// no specifier. In a command line a dollar must be doubled besides.
func unitWord(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"'\;`, r)
	})
	s = unitEscapes.Replace(s)
	if plain {
		return s
	}
	return `"` + s + `"`
}

func (c installCmd) sysusers() string {
	return "# The user of LoGS, and the groups that may read logs.\n" +
		"u logs - \"LoGS log analysis\" " + stateFolder + "\ng adm -\ng systemd-journal -\n"
}

func (c installCmd) tmpfiles() string {
	return "d " + stateFolder + " 0750 " + c.User + " - -\n"
}

// write writes the files. Rules that are there stay as they are.
func (c installCmd) write(w *world) error {
	for dir, mode := range map[string]fs.FileMode{c.Rules: 0o755, stateFolder: 0o750} {
		if err := os.MkdirAll(filepath.Join(c.Root, dir), mode); err != nil {
			return err
		}
	}
	if c.User == "logs" {
		if err := c.put(w, sysusersFile, []byte(c.sysusers())); err != nil {
			return err
		}
	}
	if err := c.put(w, tmpfilesFile, []byte(c.tmpfiles())); err != nil {
		return err
	}
	if err := c.put(w, unitFile, c.unit()); err != nil {
		return err
	}
	have, err := filepath.Glob(filepath.Join(c.Root, c.Rules, "*.rdl"))
	if err != nil || len(have) > 0 {
		return err
	}
	return c.put(w, filepath.Join(c.Rules, sampleFile), []byte(sampleRules))
}

// put writes a file and says so.
func (c installCmd) put(w *world, name string, text []byte) error {
	path := filepath.Join(c.Root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.out, "wrote", path)
	return err
}

// activate lets the system know what was written.
func (c installCmd) activate(w *world) error {
	commands := [][]string{{"systemd-tmpfiles", "--create", tmpfilesFile}, {"systemctl", "daemon-reload"}}
	if c.User == "logs" {
		commands = append([][]string{{"systemd-sysusers", sysusersFile}}, commands...)
	}
	if c.Enable {
		commands = append(commands, []string{"systemctl", "enable", "--now", "logs.service"})
	}
	for _, command := range commands {
		if err := c.call(w, command...); err != nil {
			return err
		}
	}
	if !c.Enable && c.Root == "" {
		fmt.Fprintf(w.out, "put rules into %s, then: systemctl enable --now logs\n", c.Rules)
	}
	return nil
}

// uninstall takes away what write has written, but for rules and state.
func (c installCmd) uninstall(w *world) error {
	if err := c.call(w, "systemctl", "disable", "--now", "logs.service"); err != nil {
		return err
	}
	for _, name := range []string{unitFile, sysusersFile, tmpfilesFile} {
		switch err := os.Remove(filepath.Join(c.Root, name)); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		default:
			fmt.Fprintln(w.out, "removed", filepath.Join(c.Root, name))
		}
	}
	return c.call(w, "systemctl", "daemon-reload")
}

// call runs a program of the system; none where files are written below
// another root.
func (c installCmd) call(w *world, command ...string) error {
	if c.Root != "" {
		return nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = w.err, w.err
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w; it takes root and a system with systemd", strings.Join(command, " "), err)
	}
	return nil
}
