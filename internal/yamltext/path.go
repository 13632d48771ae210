package yamltext

import (
	"strconv"
	"strings"
)

// largeMapping is the number of keys from which a mapping gets an index.
const largeMapping = 32

// mergeKey stands for the entries of other mappings.
const mergeKey = "<<"

// maxMerges bounds merges within merges.
const maxMerges = 8

// Entry returns the key and value of a mapping's entry, nil if it has none. Of entries with the same
// key the last counts, as for the decoders.
func (n *Node) Entry(key string) (keyNode, value *Node) {
	return n.entry(key, 0)
}

func (n *Node) entry(key string, merges int) (keyNode, value *Node) {
	if n == nil || n.Kind != Mapping {
		return nil, nil
	}
	if at := n.find(key); at >= 0 {
		return n.Items[at], n.Items[at+1]
	}
	at := n.find(mergeKey)
	if at < 0 || merges >= maxMerges || n.Items[at].Quoted {
		return nil, nil
	}
	merged := []*Node{n.Items[at+1]}
	if merged[0].Kind == Sequence {
		merged = merged[0].Items
	}
	for _, from := range merged {
		if keyNode, value = from.entry(key, merges+1); value != nil {
			return keyNode, value
		}
	}
	return nil, nil
}

// find returns the place of a key in Items, -1 if it isn't there.
func (n *Node) find(key string) int {
	if len(n.Items) < 2*largeMapping {
		for i := len(n.Items) - 2; i >= 0; i -= 2 {
			if n.Items[i].Kind == Scalar && n.Items[i].Value == key {
				return i
			}
		}
		return -1
	}
	if n.index == nil {
		n.index = make(map[string]int, len(n.Items)/2)
		for i := 0; i+1 < len(n.Items); i += 2 {
			if n.Items[i].Kind == Scalar {
				n.index[n.Items[i].Value] = i
			}
		}
	}
	if at, ok := n.index[key]; ok {
		return at
	}
	return -1
}

// Item returns an item of a sequence, nil if there is none.
func (n *Node) Item(i int) *Node {
	if n == nil || n.Kind != Sequence || i < 0 || i >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}

// Find returns the offset of the field at a path such as "spec.containers[0].ports[1].hostPort" or
// "metadata.annotations[example.com/key]": that of its key, or of an item. Where the field isn't
// there, it is that of the nearest field above it that is, and exact is false. The path must not be
// empty.
func (n *Node) Find(path string) (offset int, exact bool) {
	at := n
	offset = n.Offset
	for path != "" {
		key, next, rest := at.step(path)
		if next == nil {
			return offset, false
		}
		if offset = next.Offset; key != nil {
			offset = key.Offset
		}
		at, path = next, rest
	}
	return offset, true
}

// step follows the first part of a path. key is nil for an item of a sequence, next if the field
// isn't there.
func (n *Node) step(path string) (key, next *Node, rest string) {
	if inner, ok := strings.CutPrefix(path, "["); ok {
		return n.bracketed(inner)
	}
	path = strings.TrimPrefix(path, ".")
	// A key may have dots: resources.limits.nvidia.com/gpu.
	for end := 0; end < len(path); {
		more := strings.IndexAny(path[end+1:], ".[")
		if end += 1 + more; more < 0 {
			end = len(path)
		}
		if key, value := n.Entry(path[:end]); value != nil {
			return key, value, path[end:]
		}
	}
	return nil, nil, ""
}

// bracketed follows what comes after "[": an index of a sequence, or a key of a mapping, which may
// have any characters.
func (n *Node) bracketed(path string) (key, next *Node, rest string) {
	for end := range len(path) {
		if path[end] != ']' || end+1 < len(path) && path[end+1] != '.' && path[end+1] != '[' {
			continue
		}
		part, rest := path[:end], path[end+1:]
		if i, err := strconv.Atoi(part); err == nil && n.Kind == Sequence {
			return nil, n.Item(i), rest
		}
		if key, value := n.Entry(part); value != nil {
			return key, value, rest
		}
	}
	return nil, nil, ""
}
