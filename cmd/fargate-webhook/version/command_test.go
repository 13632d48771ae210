package version

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// What the linker sets wins over what Go records, which wins over nothing.
func TestText(t *testing.T) {
	recorded := &debug.BuildInfo{
		Main:     debug.Module{Version: "v0.9.0"},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "plan9"}, {Key: "vcs.revision", Value: "cafe"}},
	}
	for name, c := range map[string]struct {
		version, revision string
		info              *debug.BuildInfo
		want              string
	}{
		"linked":                  {"v1.2.3", "f00d", recorded, "v1.2.3 f00d"},
		"linked without revision": {"v1.2.3", "", recorded, "v1.2.3 cafe"},
		"recorded":                {"", "", recorded, "v0.9.0 cafe"},
		"no repository":           {"", "", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "(devel)"},
		"linked, nothing else":    {"v1.2.3", "f00d", nil, "v1.2.3 f00d"},
		"nothing known":           {"", "", nil, "(unknown)"},
	} {
		want := "fargate-webhook " + c.want + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
		if got := built(c.version, c.revision, c.info).String(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
