package serve

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// unchanged returns the mappings of a file, as /proc/self/smaps lists them, whose pages are still
// those of the file: they can't be written, and none was replaced in memory, as the loader does with
// addresses in a position-independent program, or a debugger. A mapping of which that isn't known is
// left out.
func unchanged(smaps io.Reader, path string) (found []mapping, err error) {
	var (
		m                  mapping
		anonymous, swapped string
	)
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) < 2:
		case !strings.HasSuffix(fields[0], ":"): // the first line of a mapping
			m, anonymous, swapped = mapping{}, "", ""
			if len(fields) != 6 || fields[5] != path || strings.Contains(fields[1], "w") {
				continue
			}
			if _, err := fmt.Sscanf(fields[0], "%x-%x", &m.from, &m.to); err != nil {
				return nil, fmt.Errorf("read the mapping %q: %w", lines.Text(), err)
			}
		case fields[0] == "Anonymous:":
			anonymous = fields[1]
		case fields[0] == "Swap:":
			swapped = fields[1]
		case fields[0] == "VmFlags:": // the last line
			if m != (mapping{}) && anonymous == "0" && swapped == "0" {
				found = append(found, m)
			}
		}
	}
	return found, lines.Err()
}
