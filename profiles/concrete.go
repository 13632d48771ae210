package profiles

import "strings"

// wildcardValues make a value of a pattern: `*` is nothing, or `x` where that gives no legal value,
// as with `on-*`.
var wildcardValues = [...]*strings.Replacer{strings.NewReplacer("*", "", "?", "x"), strings.NewReplacer("*", "x", "?", "x")}

// Concrete returns a legal label value that the pattern matches. ok is false if it makes up none.
func (p Pattern) Concrete() (value string, ok bool) {
	if p.Literal() {
		return p.text, legalValue(p.text)
	}
	for _, w := range wildcardValues {
		if value = w.Replace(p.text); legalValue(value) && p.Match(value) {
			return value, true
		}
	}
	return "", false
}

// Adds returns the label that meets the pattern and that a pod can be given, found when the selector
// was compiled. ok is false for a key with a wildcard (S2), and for what isn't allowed by Kubernetes.
func (l *LabelPattern) Adds() (key, value string, ok bool) { return l.Key.text, l.value, l.addable }

// newLabelPattern returns the pattern of one label of a selector.
func newLabelPattern(key, value string) LabelPattern {
	l := LabelPattern{Key: NewPattern(key), Value: NewPattern(value)}
	concrete, ok := l.Value.Concrete()
	if l.addable = ok && l.Key.Literal() && legalKey(key); l.addable {
		l.value = concrete
	}
	return l
}

// legalValue reports what Kubernetes allows as the value of a label.
func legalValue(value string) bool { return value == "" || legalName(value) }

// legalKey reports what Kubernetes allows as the key of a label: a name, and before it, with a slash,
// the name of a DNS domain.
func legalKey(key string) bool {
	domain, name, has := strings.Cut(key, "/")
	if !has {
		return legalName(key)
	}
	if len(domain) > maxSubdomain || !legalName(name) {
		return false
	}
	for part := range strings.SplitSeq(domain, ".") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

// legalName reports letters, digits, dashes, underscores and dots, with a letter or digit at both
// ends.
func legalName(name string) bool {
	if name == "" || len(name) > maxLabel || !alphanumeric(rune(name[0])) || !alphanumeric(rune(name[len(name)-1])) {
		return false
	}
	return strings.IndexFunc(name, func(c rune) bool { return !alphanumeric(c) && !strings.ContainsRune(ofName, c) }) < 0
}
