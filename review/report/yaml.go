package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"fargate-webhook/internal/yamltext"
	"fargate-webhook/review"
)

// writeYAML writes the manifests as admission changes them, with all that it doesn't change as it
// was written.
func writeYAML(w io.Writer, r *review.Report, _ Options) error {
	files, err := changedFiles(r)
	if err != nil {
		return err
	}
	for n, file := range files {
		text := yamltext.Replace(file.text, file.edits)
		if n > 0 {
			text = bytes.TrimPrefix(text, []byte(byteOrderMark)) // which may only begin the output
		}
		if n > 0 && !startsWithMarker(text) {
			text = append([]byte("---\n"), text...)
		}
		if n < len(files)-1 && !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, '\n')
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func startsWithMarker(text []byte) bool {
	rest, found := bytes.CutPrefix(text, []byte("---"))
	return found && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}

// context is how many unchanged lines a diff shows around what changed.
const context = 3

// hunk replaces the lines from start to end of a file, counted from 0.
type hunk struct {
	start, end int
	added      []string
}

// writeDiff writes a unified diff of the manifests to those that writeYAML writes.
func writeDiff(w io.Writer, r *review.Report, _ Options) error {
	files, err := changedFiles(r)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	for _, file := range files {
		if len(file.edits) > 0 {
			fmt.Fprintf(out, "--- a/%s\n+++ b/%[1]s\n", plain(file.source)) //nolint:errcheck // Flush says it
			writeHunks(out, file)
		}
	}
	return out.Flush()
}

// writeHunks writes the changes of a file. Those that are near each other share their context.
func writeHunks(out *bufio.Writer, file *changedFile) {
	lines := linesOf(string(file.text))
	hunks := hunksOf(file, lines)
	shift := 0
	for from := 0; from < len(hunks); {
		to := from + 1
		for to < len(hunks) && hunks[to].start-hunks[to-1].end <= 2*context {
			to++
		}
		start, end := max(hunks[from].start-context, 0), min(hunks[to-1].end+context, len(lines))
		var body strings.Builder
		at, added := start, 0
		show := func(sign string, list []string) {
			for _, line := range list {
				body.WriteString(sign + line)
				if !strings.HasSuffix(line, "\n") {
					body.WriteString("\n\\ No newline at end of file\n")
				}
			}
		}
		for _, h := range hunks[from:to] {
			show(" ", lines[at:h.start])
			show("-", lines[h.start:h.end])
			show("+", h.added)
			added += len(h.added) - (h.end - h.start)
			at = h.end
		}
		show(" ", lines[at:end])
		fmt.Fprintf(out, "@@ -%d,%d +%d,%d @@\n%s", start+min(1, end-start), end-start, start+shift+min(1, end-start+added), end-start+added, body.String()) //nolint:errcheck // Flush says it
		shift += added
		from = to
	}
}

// hunksOf returns the edits of a file as replaced lines.
func hunksOf(file *changedFile, lines []string) []hunk {
	starts := make([]int, 1, len(lines)+1)
	for _, line := range lines {
		starts = append(starts, starts[len(starts)-1]+len(line))
	}
	lineOf := func(offset int) int {
		at, found := slices.BinarySearch(starts, offset)
		if !found || offset > 0 && file.text[offset-1] != '\n' {
			at--
		}
		return at
	}
	var hunks []hunk
	for n := 0; n < len(file.edits); {
		h := hunk{start: lineOf(file.edits[n].Start)}
		h.end = h.start
		first := n
		for ; n < len(file.edits) && (n == first || lineOf(file.edits[n].Start) <= h.end); n++ {
			e := file.edits[n]
			if e.End > e.Start || e.Start > starts[lineOf(e.Start)] {
				h.end = max(h.end, lineOf(max(e.End-1, e.Start))+1)
			}
		}
		begin, end := starts[h.start], starts[h.end]
		var edits []yamltext.Edit
		for _, e := range file.edits[first:n] {
			edits = append(edits, yamltext.Edit{Start: e.Start - begin, End: e.End - begin, Text: e.Text})
		}
		h.added = linesOf(string(yamltext.Replace(file.text[begin:end], edits)))
		for old := lines[h.start:h.end]; len(old) > 0 && len(h.added) > 0 && old[0] == h.added[0]; old = lines[h.start:h.end] {
			h.start, h.added = h.start+1, h.added[1:]
		}
		for h.end > h.start && len(h.added) > 0 && lines[h.end-1] == h.added[len(h.added)-1] {
			h.end, h.added = h.end-1, h.added[:len(h.added)-1]
		}
		hunks = append(hunks, h)
	}
	return hunks
}

// linesOf returns the lines of a text with their ends.
func linesOf(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		return lines[:last]
	}
	return lines
}
