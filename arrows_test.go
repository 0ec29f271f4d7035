package logs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/logs-rdl/logs"

// arrows say what each package may import beside the standard library: other
// packages of the project, "." being package logs, and modules of others. A
// package that is not here fails the test: a new one needs a line, and the
// line a reason.
var arrows = map[string][]string{
	".":               {"internal/match", "internal/when"},
	"internal/match":  {"github.com/dlclark/regexp2/v2", "golang.org/x/sys"},
	"internal/when":   {"github.com/adhocore/gronx"},
	"rdl":             {".", "internal/match", "internal/report", "internal/when"},
	"internal/script": {".", "internal/when", "go.starlark.net"},
	"internal/source": {
		".", "github.com/klauspost/compress", "github.com/ulikunitz/xz", "github.com/fsnotify/fsnotify", "golang.org/x/sys",
	},
	"internal/sink":     {".", "github.com/wneessen/go-mail", "github.com/google/nftables", "golang.org/x/sys"},
	"internal/web":      {".", "github.com/prometheus/client_golang"},
	"internal/report":   {"."},
	"internal/learn":    {".", "internal/when"},
	"internal/lint":     {".", "internal/match", "rdl"},
	"internal/lsp":      {".", "internal/lint", "internal/ruletest", "internal/run", "rdl"},
	"internal/tier":     {".", "github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go"},
	"internal/cut":      {"golang.org/x/sys"},
	"internal/run":      {".", "internal/cut", "internal/when", "github.com/klauspost/compress"},
	"internal/ruletest": {".", "internal/run", "internal/when", "rdl"},
	"cmd/logs": {
		".", "rdl", "internal/when", "internal/script", "internal/source", "internal/sink", "internal/run", "internal/ruletest",
		"internal/web", "internal/learn", "internal/lint", "internal/lsp", "internal/match", "internal/tier", "github.com/coreos/go-systemd/v22",
		"github.com/alecthomas/kong", "github.com/rogpeppe/go-internal",
	},
	"rules":         {},
	"bench":         {},
	"bench/gen":     {"bench"},
	"bench/compare": {"bench"},
	"bench/tiers":   {".", "bench", "internal/tier"},
}

// clockReaders may ask the machine for the time; to all others it is an
// argument.
var clockReaders = []string{"internal/run", "internal/source", "internal/sink", "internal/web", "internal/tier", "cmd/logs"}

func TestArrows(t *testing.T) {
	all := packages(t)
	t.Run("imports follow the arrows", func(t *testing.T) { checkImports(t, all) })
	t.Run("only the shell reads the clock", func(t *testing.T) { checkClock(t, all) })
	t.Run("nothing starts by itself", func(t *testing.T) { checkInit(t, all) })
	t.Run("the core has no goroutine and no lock", func(t *testing.T) { checkCore(t, all) })
}

func checkImports(t *testing.T, all []listed) {
	for _, p := range all {
		allowed, known := arrows[p.name()]
		if !known {
			t.Errorf("%s is not in the table of arrows: say there what it may import", p.name())
			continue
		}
		for _, imported := range p.Imports {
			if !standard(imported) && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, imported) }) {
				t.Errorf("%s must not import %s", p.name(), imported)
			}
		}
	}
}

func checkClock(t *testing.T, all []listed) {
	for _, p := range all {
		if slices.Contains(clockReaders, p.name()) || strings.HasPrefix(p.name(), "bench") {
			continue
		}
		p.inspect(t, func(at string, n ast.Node) {
			if sel, ok := n.(*ast.SelectorExpr); ok && selects(sel, "time", "Now", "Since", "Until") {
				t.Errorf("%s: time.%s: time is an argument here", at, sel.Sel.Name)
			}
		})
	}
}

func checkInit(t *testing.T, all []listed) {
	for _, p := range all {
		p.inspect(t, func(at string, n ast.Node) {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: make a value and hand it in", at)
			}
		})
	}
}

func checkCore(t *testing.T, all []listed) {
	for _, p := range all {
		if p.name() != "." && p.name() != "rdl" {
			continue
		}
		p.inspect(t, func(at string, n ast.Node) {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine: one goroutine owns an engine, and it is the caller's", at)
			case *ast.SelectorExpr:
				if selects(n, "sync") {
					t.Errorf("%s: sync.%s: one goroutine owns an engine", at, n.Sel.Name)
				}
			}
		})
	}
}

// A listed is a package as go list tells of it, without its tests.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// name is the package's folder in the project.
func (p listed) name() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// inspect goes over the tree of all files of a package.
func (p listed) inspect(t *testing.T, visit func(at string, n ast.Node)) {
	t.Helper()
	files := token.NewFileSet()
	for _, name := range p.GoFiles {
		tree, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if n != nil {
				pos := files.Position(n.Pos())
				visit(filepath.Join(p.name(), filepath.Base(pos.Filename)), n)
			}
			return true
		})
	}
}

// selects tells whether an expression is pkg.name, for one of the names; for
// any if none is given.
func selects(sel *ast.SelectorExpr, pkg string, names ...string) bool {
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg && (len(names) == 0 || slices.Contains(names, sel.Sel.Name))
}

// standard tells whether a package is of the standard library: its path does
// not start with the name of a site.
func standard(path string) bool {
	site, _, _ := strings.Cut(path, "/")
	return !strings.Contains(site, ".")
}

// covers tells whether an arrow allows an import: a package of the project
// alone, a module of others with all its packages.
func covers(arrow, imported string) bool {
	switch site, _, _ := strings.Cut(arrow, "/"); {
	case arrow == ".":
		return imported == module
	case strings.Contains(site, "."):
		return imported == arrow || strings.HasPrefix(imported, arrow+"/")
	}
	return imported == module+"/"+arrow
}
