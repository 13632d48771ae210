package review

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// aliases counts how large the aliases of a file make its documents.
type aliases struct{ size int }

// check refuses a YAML document that its aliases, and those of the documents before it, make larger
// than a file may be: the converter to JSON counts what is repeated, but not how long it is. What
// can't be parsed passes, since the converter says better what is wrong with it.
func (a *aliases) check(text []byte) error {
	if !bytes.ContainsRune(text, '&') || !bytes.ContainsRune(text, '*') {
		return nil
	}
	var root yaml.Node
	_ = yaml.Unmarshal(text, &root) // what was parsed until the error counts
	size := (expansion{}).size(&root)
	if a.size+size > MaxFile {
		return fmt.Errorf("its aliases make the file larger than %d MiB", MaxFile>>20)
	}
	a.size += size
	return nil
}

// expansion remembers the sizes of nodes that aliases point to.
type expansion map[*yaml.Node]int

// size returns the bytes of a node with its aliases replaced, or at least MaxFile and one if it has
// more, or is within itself.
func (e expansion) size(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if size, known := e[n]; known {
		return size
	}
	e[n] = MaxFile + 1 // as long as it is being counted: it is within itself
	size := len(n.Value) + 1
	for _, child := range n.Content {
		if size += e.size(child); size > MaxFile {
			return MaxFile + 1
		}
	}
	e[n] = size
	return size
}
