package logs

import (
	"github.com/logs-rdl/logs/internal/match"
)

// Search searches a text for an expression that is worked out at run time,
// and returns the part that matched and then the groups, nil for one that
// took no part; no match gives none. The values borrow from the text. The
// error says what is wrong with the expression.
func (env *Env) Search(expr, text string) ([]Value, error) {
	p, err := env.engine.compiled(expr)
	if err != nil {
		return nil, err
	}
	loc, outcome := p.re.Find(env.engine.loc[:0], text, nil)
	env.engine.loc = loc[:0]
	if outcome == match.GaveUp {
		env.gaveUp()
	}
	if outcome != match.Yes {
		return nil, nil
	}
	groups := make([]Value, len(loc)/2)
	for i := range groups {
		groups[i] = group(text, loc, i)
	}
	return groups, nil
}
