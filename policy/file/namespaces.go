package file

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// maxName is the length of the longest namespace name.
const maxName = 63

// exempt reads what is neither changed nor refused.
func (r *reader) exempt(fields yamlfile.Fields, otherwise policy.Exemptions) policy.Exemptions {
	const at = "exempt"
	node, ok := r.stated(fields, "", at)
	if !ok {
		return otherwise
	}
	stated := r.Fields(node, at)
	r.Only(stated, at, at, "namespaces", "usernames", "groups")
	return policy.Exemptions{
		Namespaces: r.exemptNamespaces(stated, at, otherwise.Namespaces),
		Usernames:  r.patterns(stated, at, "usernames", otherwise.Usernames, nil),
		Groups:     r.patterns(stated, at, "groups", otherwise.Groups, nil),
	}
}

// removes marks an entry of exempt.namespaces that removes a default one.
const removes = "!"

// exemptNamespaces reads patterns that extend the default ones. An entry such as "!kube-system"
// removes a default one: that is dangerous enough to be said explicitly (S34).
func (r *reader) exemptNamespaces(fields yamlfile.Fields, at string, defaults []profiles.Pattern) []profiles.Pattern {
	node, ok := r.stated(fields, at, "namespaces")
	if !ok {
		return defaults
	}
	at = yamlfile.Join(at, "namespaces")
	kept := slices.Clone(defaults)
	var added []profiles.Pattern
	r.texts(node, at, func(node *yaml.Node, at, text string) {
		name, isRemoval := strings.CutPrefix(text, removes)
		if !isRemoval {
			r.namespacePattern(node, at, text)
			added = append(added, profiles.NewPattern(text))
			return
		}
		i := slices.IndexFunc(kept, func(p profiles.Pattern) bool { return p.String() == name })
		if i < 0 {
			r.Fail(node, at, "%q must remove a namespace that is exempt by default: %s", text, yamlfile.Listed("or", patternTexts(defaults)...))
			return
		}
		kept = slices.Delete(kept, i, i+1)
	})
	return slices.Concat(kept, added)
}

func patternTexts(list []profiles.Pattern) []string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	return texts
}

// labelKeyPattern reports an error for a pattern that no label key can match.
func (r *reader) labelKeyPattern(node *yaml.Node, at, text string) {
	if strings.ContainsAny(text, " =:,") {
		r.Fail(node, at, "%q matches no label key: must be a key, such as app, in which * and ? are wildcards", text)
	}
}

// patterns reads a list of patterns that replaces the default.
func (r *reader) patterns(fields yamlfile.Fields, at, name string, otherwise []profiles.Pattern, check func(node *yaml.Node, at, text string)) []profiles.Pattern {
	node, ok := r.stated(fields, at, name)
	if !ok {
		return otherwise
	}
	var patterns []profiles.Pattern
	for _, text := range r.texts(node, yamlfile.Join(at, name), check) {
		patterns = append(patterns, profiles.NewPattern(text))
	}
	return patterns
}

// namespaces reads the settings of single namespaces. Each entry gets all settings: its own, and
// those of the policy for the rest.
func (r *reader) namespaces(fields yamlfile.Fields, base policy.Settings) []policy.NamespaceSettings {
	const at = "namespaces"
	list, ok := r.stated(fields, "", at)
	if !ok {
		return nil
	}
	var entries []policy.NamespaceSettings
	var lines []int
	for i, item := range r.items(list, at) {
		at := fmt.Sprintf("%s[%d]", at, i)
		own := r.Fields(item, at)
		if own == nil {
			continue
		}
		r.Only(own, at, "an entry of namespaces", append([]string{"match"}, settingsFields...)...)
		settings := r.settings(own, at, base)
		text := r.Required(item, own, at, "match")
		if text == "" {
			continue
		}
		node := own["match"].Value
		r.namespacePattern(node, at+".match", text)
		match := profiles.NewPattern(text)
		if j := slices.IndexFunc(entries, func(e policy.NamespaceSettings) bool { return e.Match.Covers(match) }); j >= 0 {
			r.Fail(node, at+".match", "%q is never reached, since %q of line %d matches it first: "+
				"move this entry before that one, or leave one of them out", text, entries[j].Match, lines[j])
		}
		entries = append(entries, policy.NamespaceSettings{Match: match, Settings: settings})
		lines = append(lines, node.Line)
	}
	return entries
}

// namespacePattern reports an error for a pattern that no namespace can match.
func (r *reader) namespacePattern(node *yaml.Node, at, text string) {
	wrong := strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-*?", r)
	})
	switch {
	case wrong >= 0:
		r.Fail(node, at, "%q matches no namespace: their names have a to z, 0 to 9 and - only, and the wildcards are * and ?", text)
	case len(text) > maxName:
		r.Fail(node, at, "%q matches no namespace: their names have %d characters at most", text, maxName)
	}
}
