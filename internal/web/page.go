package web

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/logs-rdl/logs"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText []byte

// maxRows is how many rows a table of the page has at the most.
const maxRows = 50

// page shows the engine to people.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := s.look.Execute(&b, newView(s.source(), s.now())); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Write(styleText)
}

func pageTemplate() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"n": grouped[uint64], "i": grouped[int], "b": grouped[int64], "show": logs.Show,
	}).Parse(pageText))
}

// A view is what the page shows.
type view struct {
	Stats
	Up, Lag      string
	Turned       string // how long ago
	Saved        string // how long ago; "" if never
	Refused      string // how long ago new rules were refused, if none were taken since
	Busiest      []logs.Count
	Silent       int // rules that have not matched
	OtherSources int // that are not shown
	OtherStores  int
	Departments  []department
}

// A department as it is shown.
type department struct {
	Department
	Lag, Seen string // Seen: how long ago; "" if never
}

func newView(s Stats, now time.Time) view {
	v := view{Stats: s, Up: ago(now, s.Started), Turned: ago(now, s.Turned), Lag: ago(now, s.Clock), Saved: ago(now, s.Checkpoint.Time)}
	if s.Reload.Failed.After(s.Reload.OK) {
		v.Refused = ago(now, s.Reload.Failed)
	}
	v.Busiest = slices.Clone(s.Rules)
	slices.SortStableFunc(v.Busiest, func(a, b logs.Count) int { return cmp.Compare(b.Matches, a.Matches) })
	matched := slices.IndexFunc(v.Busiest, func(c logs.Count) bool { return c.Matches == 0 })
	if matched < 0 {
		matched = len(v.Busiest)
	}
	v.Silent = len(v.Busiest) - matched
	v.Busiest = v.Busiest[:min(matched, maxRows)]
	v.OtherSources = max(0, len(s.Sources)-maxRows)
	v.Sources = s.Sources[:len(s.Sources)-v.OtherSources]
	v.Stores = slices.Clone(s.Stores)
	slices.SortStableFunc(v.Stores, func(a, b Store) int { return cmp.Compare(b.Items, a.Items) })
	v.OtherStores = max(0, len(v.Stores)-maxRows)
	v.Stores = v.Stores[:len(v.Stores)-v.OtherStores]
	for _, d := range told(s.Hub.Departments, maxRows) {
		v.Departments = append(v.Departments, department{d, d.Lag.Round(time.Second).String(), ago(now, d.Seen)})
	}
	return v
}

// ago returns the time since t in words; "" if t never was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := now.Sub(t).Round(time.Second)
	if days := d / (24 * time.Hour); days > 0 {
		return fmt.Sprintf("%dd %s", days, d%(24*time.Hour))
	}
	return d.String()
}

// grouped writes a number with thin spaces between its thousands.
func grouped[T uint64 | int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}
