package main

import (
	"encoding/json"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// An SBOM names the program, Go and each module, as replaced, with a package URL.
func TestDocument(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "fargate-webhook", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "github.com/BurntSushi/toml", Version: "v1.6.0", Sum: "h1:x="},
			{Path: "example.com/old", Version: "v2.0.0+incompatible", Replace: &debug.Module{Path: "example.com/new", Version: "v3.1.0+incompatible", Sum: "h1:y="}},
			{Path: "fargate-webhook", Version: "v0.0.0", Replace: &debug.Module{Path: "../.."}},
		},
	}
	d := newDocument(subject{name: "fargate-webhook_v1.2.3_linux_amd64", version: "v1.2.3", digest: "abc", created: time.Unix(1700000000, 0).UTC()}, info)
	var urls []string
	for _, p := range d.Packages {
		urls = append(urls, p.References[0].Locator)
	}
	want := "pkg:golang/fargate-webhook@v1.2.3 pkg:golang/stdlib@1.26.8 pkg:golang/github.com/burntsushi/toml@v1.6.0 pkg:golang/example.com/new@v3.1.0%2Bincompatible pkg:golang/fargate-webhook@v1.2.3"
	if got := strings.Join(urls, " "); got != want {
		t.Errorf("packages %s\nwant     %s", got, want)
	}
	if main := d.Packages[0]; main.FileName != d.Name || main.Checksums[0] != (checksum{"SHA256", "abc"}) {
		t.Errorf("the first package is %+v", main)
	}
	if d.Creation.Created != "2023-11-14T22:13:20Z" {
		t.Errorf("created %s", d.Creation.Created)
	}
}

// Whatever modules are called, identifiers are valid, unique, and all that relationships name.
func TestDocumentIdentifiersLaw(t *testing.T) {
	valid := regexp.MustCompile(`^SPDXRef-[A-Za-z0-9.-]+$`)
	rapid.Check(t, func(t *rapid.T) {
		info := &debug.BuildInfo{}
		for range rapid.IntRange(0, 5).Draw(t, "modules") {
			info.Deps = append(info.Deps, &debug.Module{Path: rapid.StringMatching(`[ab./_~-]{1,4}`).Draw(t, "path")})
		}
		d := newDocument(subject{}, info)
		known := map[string]bool{d.ID: true}
		for _, p := range d.Packages {
			if known[p.ID] || !valid.MatchString(p.ID) {
				t.Errorf("identifier %q: known %v", p.ID, known)
			}
			known[p.ID] = true
		}
		if len(d.Relationships) != len(d.Packages) {
			t.Errorf("%d relationships, %d packages", len(d.Relationships), len(d.Packages))
		}
		for _, r := range d.Relationships {
			if !known[r.From] || !known[r.To] {
				t.Errorf("%+v names an unknown package", r)
			}
		}
		if _, err := json.Marshal(d); err != nil {
			t.Error(err)
		}
	})
}
