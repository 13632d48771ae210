package placement

import (
	"slices"
	"strings"

	"fargate-webhook/profiles"
)

const (
	// maxTypos is how many letters of a namespace may be wrong for it to be a near miss, and
	// shortName the length below which one may: "dev" is no typo of "qa", nor of "pre".
	maxTypos  = 2
	shortName = 5
	// leastName is the length of the shortest name with typos.
	leastName = 3
	// leastStart is the length of the shortest name that may be the start of another.
	leastStart = 4
	// maxName bounds the names and patterns that are compared. No namespace is longer.
	maxName = 63
)

// typosOf returns how many letters of a name of this length may be wrong.
func typosOf(length int) int {
	switch {
	case length < leastName:
		return 0
	case length < shortName:
		return 1
	}
	return maxTypos
}

// similarNamespace returns the namespace or pattern of a profile that a name is nearest to, by one
// or two letters, or one that starts with it or the other way round, as "prod" and "production"; ""
// for none.
func similarNamespace(name string, index *profiles.Index) string {
	if len(name) > maxName {
		return ""
	}
	exact, patterns := index.Namespaces()
	nearest, fewest := "", maxTypos+1
	for _, candidate := range slices.Concat(exact, patterns) {
		wild := strings.Count(candidate, "*") + strings.Count(candidate, "?")
		letters := len(candidate) - wild
		allowed := typosOf(min(letters, len(name)))
		if candidate == name || len(candidate) > maxName || letters-len(name) > allowed || wild == 0 && len(name)-letters > allowed {
			continue
		}
		if typos := distance(candidate, name); typos <= allowed && typos < fewest {
			nearest, fewest = candidate, typos
		}
	}
	if nearest != "" {
		return nearest
	}
	for _, candidate := range exact {
		if min(len(candidate), len(name)) >= leastStart && candidate != name && (strings.HasPrefix(candidate, name) || strings.HasPrefix(name, candidate)) {
			return candidate
		}
	}
	return ""
}

// distance returns the number of letters to insert, remove or replace in a name for the pattern to
// match it (F1.3). It takes at most len(pattern) times len(name) steps.
func distance(pattern, name string) int {
	row := make([]int, len(name)+1) // row[j] is the distance of name[:j] from the pattern so far
	for j := range row {
		row[j] = j
	}
	for i := range len(pattern) {
		diagonal, star := row[0], pattern[i] == '*'
		if !star {
			row[0]++
		}
		for j := range len(name) {
			above := row[j+1]
			switch {
			case star: // it stands for no letter, or for one more
				row[j+1] = min(above, row[j])
			case pattern[i] == '?' || pattern[i] == name[j]:
				row[j+1] = min(above+1, row[j]+1, diagonal)
			default:
				row[j+1] = min(above, row[j], diagonal) + 1
			}
			diagonal = above
		}
	}
	return row[len(name)]
}
