package serve

import (
	"slices"
	"strings"
	"testing"
)

func smap(line, anonymous, swapped string) string {
	return line + "\nSize: 8 kB\nRss: 4 kB\nAnonymous: " + anonymous + " kB\nSwap: " + swapped + " kB\nVmFlags: rd ex mr mw me\n"
}

// Only pages that are still those of the file are given back.
func TestUnchangedMappings(t *testing.T) {
	const code, data = "00400000-016e3000 r-xp 00000000 fe:00 1 /bin/own", "016e3000-0293b000 r--p 012e3000 fe:00 1 /bin/own"
	first, second := mapping{0x400000, 0x16e3000}, mapping{0x16e3000, 0x293b000}
	for name, c := range map[string]struct {
		smaps string
		want  []mapping
	}{
		"code and constants":          {smap(code, "0", "0") + smap(data, "0", "0"), []mapping{first, second}},
		"writable":                    {smap(strings.Replace(data, "r--p", "rw-p", 1), "0", "0"), nil},
		"relocated, then protected":   {smap(code, "0", "0") + smap(data, "4", "0"), []mapping{first}},
		"relocated, then swapped out": {smap(data, "0", "4"), nil},
		"of a library":                {smap(strings.Replace(code, "/bin/own", "/lib/own", 1), "0", "0"), nil},
		"of a file that is gone":      {smap(code+" (deleted)", "0", "0"), nil},
		"of no file":                  {smap("7f00-8f00 rw-p 00000000 00:00 0 ", "0", "0"), nil},
		"not known whether replaced":  {code + "\nRss: 4 kB\nVmFlags: rd\n", nil},
		"after one that was left out": {smap(data, "4", "0") + smap("7f00-8f00 r--p 00000000 00:00 0 ", "0", "0"), nil},
		"nothing":                     {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unchanged(strings.NewReader(c.smaps), "/bin/own")
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v, want %v", got, err, c.want)
			}
		})
	}
}
