package policy

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// maxName is the length of the longest name of a namespace.
const maxName = 63

// exempt reads for what and whom nothing is changed or refused.
func (f *file) exempt(fields yamlfile.Fields, otherwise fargate.Exemptions) fargate.Exemptions {
	const at = "exempt"
	node, ok := f.stated(fields, "", at)
	if !ok {
		return otherwise
	}
	stated := f.Fields(node, at)
	f.Only(stated, at, at, "namespaces", "usernames", "groups")
	return fargate.Exemptions{
		Namespaces: f.patterns(stated, at, "namespaces", otherwise.Namespaces, f.namespacePattern),
		Usernames:  f.patterns(stated, at, "usernames", otherwise.Usernames, nil),
		Groups:     f.patterns(stated, at, "groups", otherwise.Groups, nil),
	}
}

// patterns reads a list of patterns that replaces the default.
func (f *file) patterns(fields yamlfile.Fields, at, name string, otherwise []profiles.Pattern, check func(node *yaml.Node, at, text string)) []profiles.Pattern {
	node, ok := f.stated(fields, at, name)
	if !ok {
		return otherwise
	}
	var patterns []profiles.Pattern
	for _, text := range f.texts(node, yamlfile.Join(at, name), check) {
		patterns = append(patterns, profiles.NewPattern(text))
	}
	return patterns
}

// namespaces reads what differs in some namespaces, and resolves each entry:
// it gets all settings, its own and those of the policy.
func (f *file) namespaces(fields yamlfile.Fields, base fargate.Settings) []fargate.NamespaceSettings {
	const at = "namespaces"
	list, ok := f.stated(fields, "", at)
	if !ok {
		return nil
	}
	var entries []fargate.NamespaceSettings
	var lines []int
	for i, item := range f.items(list, at) {
		at := fmt.Sprintf("%s[%d]", at, i)
		own := f.Fields(item, at)
		if own == nil {
			continue
		}
		f.Only(own, at, "an entry of namespaces", append([]string{"match"}, settingsFields()...)...)
		settings := f.settings(own, at, base)
		text := f.Required(item, own, at, "match")
		if text == "" {
			continue
		}
		node := own["match"].Value
		f.namespacePattern(node, at+".match", text)
		match := profiles.NewPattern(text)
		if j := slices.IndexFunc(entries, func(e fargate.NamespaceSettings) bool { return e.Match.Covers(match) }); j >= 0 {
			f.Fail(node, at+".match", "%q is never reached, since %q of line %d matches it first: "+
				"move this entry before that one, or leave one of them out", text, entries[j].Match, lines[j])
		}
		entries = append(entries, fargate.NamespaceSettings{Match: match, Settings: settings})
		lines = append(lines, node.Line)
	}
	return entries
}

// namespacePattern notes an error for a pattern that no namespace can match.
func (f *file) namespacePattern(node *yaml.Node, at, text string) {
	wrong := strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-*?", r)
	})
	switch {
	case wrong >= 0:
		f.Fail(node, at, "%q matches no namespace: their names have a to z, 0 to 9 and - only, and the wildcards are * and ?", text)
	case len(text) > maxName:
		f.Fail(node, at, "%q matches no namespace: their names have %d characters at most", text, maxName)
	}
}
