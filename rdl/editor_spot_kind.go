package rdl

import "strings"

// found fills in the spot at which a word is written, or could be.
func (s *spotter) found(word token) {
	s.spot.Start = word.Start
	top := s.top()
	switch {
	case s.last.text == ".":
		s.spot.Kind, s.spot.Owner = SpotField, s.dotted
	case top.in == inOptions:
		if s.spot.Kind = SpotValue; s.begins(word) {
			s.items(optionPhrases(top.words()), word)
		}
	case s.begins(word):
		s.items(top.in.phrases(), word)
	case s.blockBegins():
		s.items(inBlock.phrases(), word)
	case top.in != nil && s.goesOn(top.in.phrases(), word):
	case s.matches():
		s.spot.Kind = SpotMatch
	case top.mark == "(" && s.declares():
	default:
		s.spot.Kind = s.kind(top)
	}
}

// words lists the first words of the item that an opening belongs to.
func (o *opening) words() []string {
	var words []string
	for _, t := range o.item {
		words = append(words, t.text)
	}
	return words
}

// items fills in what can begin here.
func (s *spotter) items(phrases []Phrase, word token) {
	s.spot.Kind, s.spot.Phrases = SpotItem, phrases
	s.spot.Start = word.Start
}

// goesOn tells whether the item so far is the beginning of phrases of several
// words, and fills these in.
func (s *spotter) goesOn(phrases []Phrase, word token) bool {
	said := s.said()
	if said == "" || len(s.item) == maxItem {
		return false
	}
	var going []Phrase
	for _, p := range phrases {
		switch {
		case strings.HasPrefix(p.Words, said+" "):
			going = append(going, p)
		case p.Words == said: // delete C(k), not only delete rule
			return false
		}
	}
	if len(going) == 0 {
		return false
	}
	s.items(going, word)
	s.spot.Start = s.item[0].Start
	return true
}

// matches tells whether a match begins at the place.
func (s *spotter) matches() bool {
	top := s.top()
	for i := len(s.open) - 1; i > 0 && top.mark == "(" && top.callee == ""; i-- {
		top = &s.open[i-1] // a match in parentheses
	}
	if top.in == nil || len(s.item) == 0 {
		return false
	}
	switch head := s.item[0].text; {
	case head == "step":
		if len(s.item) == 2 {
			return true
		}
	case head != "matching" && synonyms[head] != "matching" && head != "filtering" && head != "until":
		return false
	case len(s.item) == 1:
		return true
	}
	switch s.last.text {
	case "and", "or", "not", "(":
		return true
	}
	return false
}

// declares tells whether new names stand in a parenthesis: keys, groups.
func (s *spotter) declares() bool {
	switch s.lead {
	case "binding", "bind", "context", "window", "sequence":
		return true
	}
	return false
}

// afterWord tells what belongs behind some words, whatever the item.
var afterWord = map[string]SpotKind{
	"exists": SpotStore, "into": SpotStore, "clear": SpotStore, "end": SpotStore, "delete": SpotStore, "alias": SpotStore,
	"event": SpotEvent, "emit": SpotEvent, "forward": SpotEvent, "function": SpotFunction, "call": SpotFunction,
	"alert": SpotSeverity, "expect": SpotEffect, "no": SpotEffect, "at": SpotTime,
}

// afterPair tells what belongs behind a word in a certain item.
var afterPair = map[[2]string]SpotKind{
	{"delete", "rule"}: SpotRule, {"add", "to"}: SpotStore, {"send", "to"}: SpotSink, {"ban", "with"}: SpotSink,
}

// kind tells what belongs behind the last token.
func (s *spotter) kind(top *opening) SpotKind {
	word := s.last.text
	switch {
	case s.last.kind != tokenWord, top.in == nil && word != "exists":
		return SpotValue
	case afterPair[[2]string{s.lead, word}] != 0:
		return afterPair[[2]string{s.lead, word}]
	case afterWord[word] != 0:
		return afterWord[word]
	case word == s.lead && newNames[word], s.lead == "with" && (word == "with" || word == "and"):
		return SpotNone
	}
	return SpotValue
}

// newNames are the words behind which a new name stands.
var newNames = map[string]bool{
	"rule": true, "ruleset": true, "context": true, "window": true, "sequence": true, "let": true, "sink": true,
	"test": true, "for": true, "step": true, "include": true, "use": true, "given": true,
}
