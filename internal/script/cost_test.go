package script

import (
	"runtime"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// TestHostileLine lets functions do too much with a line of 1 MiB: each must
// be stopped, and make no more than the steps of a call allow on the way.
func TestHostileLine(t *testing.T) {
	line := strings.Repeat("word ", 1<<20/5)
	for _, body := range []string{
		"return m.line * 1000000000",
		"return len([0] * (1 << 27))",
		"return len((1 << 27) * [0])",
		"return b'x' * 1000000000",
		"s = m.line\n    for i in range(60): s = s + s",
		"s = m.line\n    for i in range(60): s += s",
		"s = 'x'\n    for i in range(60): s *= 2",
		"s = '%s'\n    for i in range(60): s = s % (s + m.line)",
		"s = m.line\n    for i in range(60): s = '{}{}'.format(s, s)",
		"l = [1]\n    for i in range(60): l += l",
		"l = [1]\n    for i in range(60): l.extend(list(l))",
		"l = [1]\n    for i in range(60): l = l + l",
		"t = (1,)\n    for i in range(60): t += t",
		"t = ()\n    for i in range(1000000): t += (i,)",
		"n = 10\n    for i in range(60): n = n * n",
		"return list(range(1000000000))",
		"return sorted(range(1000000000))",
		"return len(set(range(1000000000)))",
		"return int('9' * 1000000)",
		"return m.line.join([m.line] * 1000)",
		"return m.line.replace('', m.line)",
		"return m.line.replace('w', m.line)",
		"out = ''\n    for w in m.line.split(' '): out += w",
		"out = []\n    for w in m.line.split(' '): out = out + [w]",
		"for w in m.line.split(' '): w in m.line.lower()",
		"l = m.line\n    for i in range(100000): 'nowhere' in l",
		"l = m.line.split()\n    for i in range(100000): 'nowhere' in l",
		"l = m.line\n    for i in range(100000): l.find('nowhere')",
		"for i in range(100000): m.line",
		"for i in range(100000): str(m)",
		"for i in range(100000): search('nowhere$', m.line)",
		"for i in range(100000): print(m.line)",
		"for i in range(100000): alert(m.line)",
		"w = ensure_window('w', '1h')\n    for i in range(1000000): add_item(w, i); w.items",
		"w = ensure_window('w', '1h')\n    for i in range(1000000): add_item(w, i); find_in_store(-1, w)",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := run(t, "def f(m):\n    "+body, line)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "more than 1000000 steps") {
			t.Errorf("%s: error %v", body, err)
		}
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 700 {
			t.Errorf("%s: made %d MiB", body, made)
		}
	}
}

// TestLongLineIsFine: what is reasonable for a line of 1 MiB must pass.
func TestLongLineIsFine(t *testing.T) {
	line := strings.Repeat("k=v; ", 1<<20/5)
	for _, body := range []string{
		"return m.line.lower().find('nowhere')",
		"return search(r'(\\w+)=(\\w+); $', m.line)",
		"return ','.join(m.line.split(';')[:1000])",
		"print('got ' + m.line)",
		"add_item(ensure_window('w', '1m'), m.line[:100])",
	} {
		if _, _, err := run(t, "def f(m):\n    "+body, line); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestMeterChangesNothing compares what is metered with plain Starlark, its
// errors too.
func TestMeterChangesNothing(t *testing.T) {
	for _, body := range []string{
		"return 1 + 2 * 3 % 2",
		"return 1.5 + 2, 2 * 1.5, 7 % 3.5",
		"return 'a' + 'b' + 'c', 'ab' * 3, 3 * 'ab', 'ab' * -1, '' * 5",
		"return [1] + [2], [0] * 3, 3 * [0], (1,) + (2,), (1, 2) * 2",
		"return '%s is %d' % ('x', 3), '%s' % 'y', '%%' % ()",
		"return '{} {x}'.format(1, x = 2), '-'.join(['a', 'b']), 'aXa'.replace('a', 'b', 1)",
		"l = [1]; k = l; l += [2]; l += (3,); k.append(4); return l, k, l == k",
		"s = 'a'; s += 'b'; s *= 3; return s",
		"t = (1,); u = t; t += (2,); return t, u",
		"n = 5; n += 2; n *= 3; n %= 4; n -= 1; return n",
		"d = {'a': 1}; d.update([('b', 2)], c = 3); d.update({'d': 4}); return d",
		"l = [3]; l.extend([1, 2]); return sorted(l), l, min(l), max(1, 2), list(reversed(l))",
		"s = set([1]); return s.union([2, 3]), 1 in s, 2 not in s, 'a' in {'a': 1}, 'b' in 'abc'",
		"return [x + 1 for x in range(3) if x * 2 > 1], {k: k * 2 for k in 'ab'.elems()}",
		"return 'a,b'.split(','), ' x '.strip(), 'Abc'.lower().upper().title(), 'aba'.count('a')",
		"return int('12') + int('z', 36), float('1.5'), str([1, 'x']), repr('q'), any([0, 1]), all([])",
		"return zip([1], [2]), enumerate('ab'.elems()), tuple([1]), dict(a = 1), hash('x'), bytes('x')",
		"return {'k': 1}['k'] + [5][0], (lambda a, b = 2: a * b)(4)",
		"return 'a' + 1", "return 1 + 'a'", "return [1] + (2,)", "return None * 2", "return 'a' * 'b'",
		"return 'x' in 5", "return 'x' % 5", "return '%d' % 'x'", "return 5 .join([])", "return 'x'.joim([])",
		"return ','.join([1])", "return ','.join(5)", "return 'x'.replace('a')", "l = [1]; l += 5; return l",
		"n = None; n += 1; return n", "return [].extend(5)", "return int('x')", "return list(5)", "return 'x' * 4294967296",
		"return [0] * (1 << 70)", "return '' * (1 << 70)", "s = 1; s += 'x'; return s",
	} {
		src := "def f():\n    " + body + "\n"
		if got, want := evaluate(t, src, true), evaluate(t, src, false); got != want {
			t.Errorf("%s: %s, plain %s", body, got, want)
		}
	}
}

// evaluate returns what f returns, or its error.
func evaluate(t *testing.T, src string, metered bool) string {
	t.Helper()
	file, err := (&syntax.FileOptions{Set: true}).Parse("f.star", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &State{module: &Module{MaxSteps: DefaultMaxSteps}}
	names := starlark.StringDict{}
	if metered {
		meter(file)
		names = s.costs()
	}
	program, err := starlark.FileProgram(file, names.Has)
	if err != nil {
		t.Fatal(err)
	}
	thread := s.begin(nil).thread
	globals, err := program.Init(thread, names)
	if err != nil {
		t.Fatal(err)
	}
	v, err := starlark.Call(thread, globals["f"], nil, nil)
	if err != nil {
		return "error " + err.Error()
	}
	return v.String()
}

// TestStepsAreShared: calls that nest in one call have no steps of their own.
func TestStepsAreShared(t *testing.T) {
	_, _, err := run(t, `
def f(m):
    for i in range(2000):
        w = ensure_window(i, "1m", max_lines = 0, actions = [_spin])
        add_item(w, i)
def _spin(w):
    for i in range(1000): pass
`, "x")
	if err == nil || !strings.Contains(err.Error(), "in f: it took more than 1000000 steps") {
		t.Errorf("error %v", err)
	}
}

func TestMaxSteps(t *testing.T) {
	m := mustLoad(t, "def f():\n    for i in range(100): pass")
	m.MaxSteps = 50
	var failed error
	e := engine(t, m, each(func(env *logs.Env) error {
		_, failed = invoke(env, "f")
		return nil
	}))
	e.Process(&logs.Message{Line: "x", Time: start})
	if failed == nil || !strings.Contains(failed.Error(), "more than 50 steps") {
		t.Errorf("error %v", failed)
	}
}

// TestGlobalsStayBounded fills each kind of container past its bound.
func TestGlobalsStayBounded(t *testing.T) {
	m := mustLoad(t, `
l, d, s = [], {}, set()
def f():
    for i in range(1000001):
        l.append(i)
        d[i] = i
        s.add(i)
def g(): return [len(l), len(d), len(s), l[0], 100000 in d, 100001 in d, 100001 in s, l[-1]]
`)
	m.MaxSteps = 1 << 40
	got := ""
	e := engine(t, m, each(func(env *logs.Env) error {
		if _, err := invoke(env, "f"); err != nil {
			return err
		}
		v, err := invoke(env, "g")
		got = env.TextOf(v)
		return err
	}))
	effects := e.Process(&logs.Message{Line: "x", Time: start})
	if want := "900000, 900000, 900000, 100001, false, true, true, 1000000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := e.Stats().Faults; n != 3 || len(effects) != 1 || !strings.Contains(effects[0].Text, "the global d holds more than 1000000 items") {
		t.Errorf("%d faults, told: %q", n, texts(effects))
	}
}

// TestPartsDoNotKeepLongLines: a short part that is kept must not hold on for
// good to the line of 1 MiB that it was cut from.
func TestPartsDoNotKeepLongLines(t *testing.T) {
	m := mustLoad(t, `
kept = {}
def f(m, n):
    kept[n] = m.line[:20]
    add_item(ensure_context("c"), m.line[-20:])
`)
	e := engine(t, m, each(func(env *logs.Env) error {
		_, err := invoke(env, "f", env.MessageValue(), logs.Int(env.Message().Offset))
		return err
	}))
	line := strings.Repeat("x", 1<<20)
	before := heap()
	for i := range 4 * maxLong >> 20 {
		e.Process(&logs.Message{Line: line, Time: start, Offset: int64(i)})
	}
	if grown := heap() - before; grown > maxLong+8<<20 {
		t.Errorf("the globals and the store keep %d MiB", grown>>20)
	}
	runtime.KeepAlive(e)
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func BenchmarkPredicate(b *testing.B) {
	benchmark(b, "limits = {'sshd': 3}\ndef f(user, n): return 'root' in user and n > limits['sshd']")
}

func BenchmarkAction(b *testing.B) {
	benchmark(b, "count = {}\ndef f(user, n): count[user] = count.get(user, 0) + n")
}

func BenchmarkWindow(b *testing.B) {
	benchmark(b, `
def f(user, n):
    w = ensure_window("10.0.0.1", "3m", max_lines = 100)
    if not find_in_store(user, w): add_item(w, user)
`)
}

func benchmark(b *testing.B, src string) {
	e := engine(b, mustLoad(b, src), each(func(env *logs.Env) error {
		_, err := invoke(env, "f", logs.Borrow("user root"), logs.Int(5))
		return err
	}))
	m := logs.Message{Line: "x", Time: start}
	b.ReportAllocs()
	for b.Loop() {
		if len(e.Process(&m)) > 0 {
			b.Fatal("a fault")
		}
	}
}
