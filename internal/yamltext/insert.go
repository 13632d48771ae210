package yamltext

import (
	"bytes"
	"cmp"
	"strings"
)

// insert adds entries to a mapping, after its last one.
func (e *editor) insert(n *Node, keys []string, c *Change) error {
	var added []string
	made := map[string]any{}
	for _, key := range keys {
		if value := c.within[key].Apply(nil); value != nil {
			added, made[key] = append(added, key), value
		}
	}
	if len(added) == 0 {
		return nil
	}
	if n.Flow {
		var entries []string
		for _, key := range added {
			entries = append(entries, e.scalar(key)+": "+e.flow(made[key]))
		}
		return e.insertFlow(n, entries)
	}
	if len(n.Items) == 0 {
		return errForm
	}
	column, err := e.column(n.Items[0].Offset)
	if err != nil {
		return err
	}
	at, err := e.endOfBlock(n, column)
	if err != nil {
		return err
	}
	var lines []string
	for _, key := range added {
		lines = append(lines, e.entryLines(key, made[key], column)...)
	}
	e.insertLines(at, lines)
	return nil
}

// appendItems adds items to a list.
func (e *editor) appendItems(n *Node, items []any) error {
	if n.Kind != Sequence {
		return errForm
	}
	var entries []string
	for _, item := range items {
		entries = append(entries, e.flow(item))
	}
	if n.Flow {
		return e.insertFlow(n, entries)
	}
	column, err := e.column(n.Offset)
	if err != nil {
		return err
	}
	at, err := e.endOfBlock(n, column)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i] = strings.Repeat(" ", column) + "- " + entries[i]
	}
	e.insertLines(at, entries)
	return nil
}

// insertLines inserts lines at the end of a line.
func (e *editor) insertLines(at int, lines []string) {
	end := "\n"
	if first := bytes.IndexByte(e.data, '\n'); first > 0 && e.data[first-1] == '\r' {
		end = "\r\n"
	}
	text := strings.Join(lines, end) + end
	if at > 0 && e.data[at-1] != '\n' {
		text = end + strings.TrimSuffix(text, end)
	}
	e.add(at, at, text)
}

// insertFlow adds entries before the closing bracket.
func (e *editor) insertFlow(n *Node, entries []string) error {
	end, err := e.endOfFlow(n.Offset)
	if err != nil {
		return err
	}
	at := len(bytes.TrimRight(e.data[:end-1], " \t\r\n"))
	separator := ", "
	if len(n.Items) == 0 {
		separator = ""
	} else if last := n.Items[0]; bytes.ContainsRune(e.data[n.Offset:last.Offset], '\n') {
		// Each on a line of its own, as the first is.
		start := bytes.LastIndexByte(e.data[:last.Offset], '\n')
		separator = "," + string(e.data[start:last.Offset])
		if start > 0 && e.data[start-1] == '\r' {
			separator = ",\r" + string(e.data[start:last.Offset])
		}
	}
	first := separator
	if e.data[at-1] == ',' {
		first = strings.TrimPrefix(separator, ",")
	}
	e.add(at, at, first+strings.Join(entries, cmp.Or(separator, ", ")))
	return nil
}

// remove removes an entry of a mapping.
func (e *editor) remove(n *Node, at int) error {
	key, value := n.Items[at], n.Items[at+1]
	if len(n.Items) == 2 {
		return errForm // an empty mapping needs a form of its own
	}
	if n.Flow {
		end, err := e.end(value)
		if err != nil {
			return err
		}
		if at+2 < len(n.Items) {
			e.add(key.Offset, n.Items[at+2].Offset, "")
			return nil
		}
		before, err := e.end(n.Items[at-1])
		if err != nil {
			return err
		}
		e.add(before, end, "")
		return nil
	}
	start := bytes.LastIndexByte(e.data[:key.Offset], '\n') + 1
	if len(bytes.TrimLeft(e.data[start:key.Offset], " ")) > 0 {
		return errForm
	}
	end, err := e.endOfBlock(&Node{Kind: Mapping, Items: []*Node{key, value}}, key.Offset-start)
	if err != nil {
		return err
	}
	e.add(start, end, "")
	return nil
}

// column returns how many characters stand before an offset in its line; all must be blanks or the
// dashes of lists.
func (e *editor) column(offset int) (int, error) {
	start := bytes.LastIndexByte(e.data[:offset], '\n') + 1
	if len(bytes.Trim(e.data[start:offset], " -")) > 0 {
		return 0, errForm
	}
	return offset - start, nil
}

// endOfBlock returns the start of the line after the last one of a node in block style, whose
// entries begin at a column.
func (e *editor) endOfBlock(n *Node, column int) (int, error) {
	last := lastIn(n)
	at := last.Offset
	if flow := outermostFlow(n); flow != nil {
		end, err := e.endOfFlow(flow.Offset)
		if err != nil {
			return 0, err
		}
		at = end
	}
	at = e.nextLine(at)
	end := at
	literal := last.Offset < len(e.data) && last.Quoted && (e.data[last.Offset] == '|' || e.data[last.Offset] == '>')
	for at < len(e.data) {
		next := e.nextLine(at)
		line := e.data[at:next]
		text := bytes.TrimLeft(line, " ")
		blank := len(bytes.TrimSpace(text)) == 0
		if !blank && len(line)-len(text) <= column || bytes.HasPrefix(line, []byte("...")) {
			break
		}
		if !blank && (literal || text[0] != '#') {
			end = next
		}
		at = next
	}
	return end, nil
}

func (e *editor) nextLine(at int) int {
	if next := bytes.IndexByte(e.data[at:], '\n'); next >= 0 {
		return at + next + 1
	}
	return len(e.data)
}

// lastIn returns the node whose text begins last.
func lastIn(n *Node) *Node {
	for len(n.Items) > 0 {
		last := n.Items[len(n.Items)-1]
		if before := len(n.Items) - 2; n.Kind == Mapping && last.Offset < n.Items[before].Offset {
			return n.Items[before] // an alias, whose text is elsewhere
		}
		n = last
	}
	return n
}

// outermostFlow returns the outermost flow node that a block node ends with.
func outermostFlow(n *Node) *Node {
	for len(n.Items) > 0 {
		key, last := n.Items[max(0, len(n.Items)-2)], n.Items[len(n.Items)-1]
		if n.Kind == Mapping && last.Offset < key.Offset {
			return nil
		}
		if n = last; n.Flow && n.Kind != Scalar {
			return n
		}
	}
	return nil
}
