package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// citation matches F4, F4.6, S12 and ranges such as F4.11 to F4.13.
	citation = regexp.MustCompile(`\b([FS]\d+(?:\.\d+)?)(?:(?: to |-|–)([FS]\d+(?:\.\d+)?))?\b`)
	anchor   = regexp.MustCompile(`<a id="([^"]*)"></a>`)
	// evidence is the last line of a fact.
	evidence  = regexp.MustCompile(`(?s)Source:\s+(.+)\.\s+Certainty:\s+(.+)\.\s*$`)
	rests     = regexp.MustCompile(`(?s)Rests on:\s+(.+)\.\s*$`)
	remark    = regexp.MustCompile(` \([^)]*\)$`)
	certainty = []string{
		"documented by AWS", "documented upstream", "read in source", "seen in a public issue", "inferred", "not known",
	}
)

// parseFacts returns the text of each entry by its id (F4.6, S12, F4), and a problem for each
// anchor that stands twice.
func parseFacts(page string) (entries map[string]string, problems []string) {
	entries = map[string]string{}
	marks := anchor.FindAllStringSubmatchIndex(page, -1)
	for i, mark := range marks {
		id := strings.ToUpper(page[mark[2]:mark[3]])
		if citation.FindString(id) != id {
			continue // a heading's own anchor
		}
		if _, ok := entries[id]; ok {
			problems = append(problems, fmt.Sprintf("anchor %q stands twice", id))
		}
		end := len(page)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		text, _, _ := strings.Cut(page[mark[1]:end], "\n## ")
		text, _, _ = strings.Cut(text, "\n[profile]: ")
		entries[id] = text
	}
	return entries, problems
}

// isSection reports whether an id, such as F4, is that of a section, which is no fact by itself.
func isSection(id string) bool {
	return strings.HasPrefix(id, "F") && !strings.Contains(id, ".")
}

// checkEntry returns what is wrong with an entry, or "".
func checkEntry(id, text string) string {
	switch {
	case isSection(id):
		return ""
	case !strings.HasPrefix(strings.TrimSpace(text), "**"+id+"** "):
		return fmt.Sprintf("the entry of anchor %q must begin with **%s**", strings.ToLower(id), id)
	case strings.HasPrefix(id, "S"):
		if !rests.MatchString(text) {
			return id + " must end in: Rests on: …."
		}
		return ""
	}
	match := evidence.FindStringSubmatch(text)
	if match == nil {
		return id + " must end in: Source: …. Certainty: …."
	}
	for part := range strings.SplitSeq(match[2], ";") {
		level := remark.ReplaceAllString(strings.Join(strings.Fields(part), " "), "")
		if !slices.Contains(certainty, level) {
			return fmt.Sprintf("%s: certainty %q must be one of %q", id, level, certainty)
		}
	}
	return ""
}

// citations returns the numbers that a text cites, ranges expanded.
func citations(text string) []string {
	var ids []string
	for _, match := range citation.FindAllStringSubmatchIndex(text, -1) {
		if strings.HasPrefix(text[match[1]:], "::") {
			continue // a type of CloudFormation, such as that of S3
		}
		first := text[match[2]:match[3]]
		ids = append(ids, first)
		if match[4] >= 0 {
			ids = append(ids, expand(first, text[match[4]:match[5]])...)
		}
	}
	return ids
}

// expand returns the numbers after first up to last: F4.12 and F4.13 for F4.11 and F4.13. Where the
// two don't make a range, that is last alone.
func expand(first, last string) []string {
	prefix := strings.TrimRight(first, "0123456789")
	from, err := strconv.Atoi(strings.TrimPrefix(first, prefix))
	to, errTo := strconv.Atoi(strings.TrimPrefix(last, prefix))
	if err != nil || errTo != nil || to <= from || to-from > 50 {
		return []string{last}
	}
	var ids []string
	for n := from + 1; n <= to; n++ {
		ids = append(ids, prefix+strconv.Itoa(n))
	}
	return ids
}
