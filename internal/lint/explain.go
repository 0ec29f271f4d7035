package lint

import (
	"fmt"
	"strings"
)

// Explain returns what there is to know of a code, as Markdown: the section of
// docs/lint.md.
func (c *Code) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: %s (%s)\n\n%s\n", c.ID, c.Title, c.Severity, c.Why)
	if c.Fix != "" {
		fmt.Fprintf(&b, "\n**Fix.** %s\n", c.Fix)
	}
	fmt.Fprintf(&b, "\nBad:\n\n```rdl\n%s```\n\nGood:\n\n```rdl\n%s```\n", strings.TrimLeft(c.Bad, "\n"), strings.TrimLeft(c.Good, "\n"))
	return b.String()
}
