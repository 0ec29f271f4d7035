// Package lint finds what is right by the language and most likely not meant:
// a rule that another one hides, a pattern that slows every line down, log
// text that reaches a shell.
//
//	rules, err := lint.Load(loader, "ssh.rdl")
//	...
//	for _, f := range lint.Run(rules) {
//		fmt.Println(f)
//	}
//
// Rules must load before they can be linted: what the compiler refuses is not
// told a second time. A finding bears a code that never changes its meaning;
// Codes explains them all. Many bear a Fix, edits that Apply makes.
//
// A comment on the line before silences a finding:
//
//	# lint: ignore L020
//	let spare = 5
//
// Each file of the package holds a group of checks with their codes; the
// checks read the trees of all files as one program. A check that is not sure
// says nothing: a false alarm costs more than a finding gains.
package lint
