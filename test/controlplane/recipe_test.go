package main

import (
	"slices"
	"strings"
	"testing"
)

func TestLdflagsNameTheVersion(t *testing.T) {
	got := strings.Split(ldflags(version{major: 1, minor: 34, patch: 4}), " ")
	for _, want := range []string{
		"k8s.io/component-base/version.gitVersion=v1.34.4",
		"k8s.io/component-base/version.gitMajor=1",
		"k8s.io/component-base/version.gitMinor=34",
		"k8s.io/client-go/pkg/version.gitVersion=v1.34.4",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("ldflags %q lack %q", got, want)
		}
	}
}

func TestStampDistinguishesBuilds(t *testing.T) {
	v := version{major: 1, minor: 37, patch: 2}
	stamps := map[string]string{}
	for name, stamp := range map[string]string{
		"base":           stampOf(v, "go1.26.8", "linux/amd64", []byte("mod"), []byte("sum")),
		"version":        stampOf(version{major: 1, minor: 37, patch: 3}, "go1.26.8", "linux/amd64", []byte("mod"), []byte("sum")),
		"go":             stampOf(v, "go1.26.9", "linux/amd64", []byte("mod"), []byte("sum")),
		"platform":       stampOf(v, "go1.26.8", "darwin/arm64", []byte("mod"), []byte("sum")),
		"go.mod":         stampOf(v, "go1.26.8", "linux/amd64", []byte("mod2"), []byte("sum")),
		"moved boundary": stampOf(v, "go1.26.8", "linux/amd64", []byte("mods"), []byte("um")),
		"derived":        stampOf(v, "go1.26.8", "linux/amd64"),
	} {
		if other, taken := stamps[stamp]; taken {
			t.Errorf("%s and %s have the same stamp", name, other)
		}
		stamps[stamp] = name
	}
	if first, second := stampOf(v, "a", "b"), stampOf(v, "a", "b"); first != second {
		t.Error("a stamp differs from itself")
	}
}
