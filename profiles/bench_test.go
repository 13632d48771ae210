package profiles

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// exactSet makes n profiles of 5 selectors each, the namespaces spelled out; each namespace occurs
// in two profiles.
func exactSet(n int) []Profile { return numberedSet(n, "team-%04d-%d") }

// patternSet is the same with patterns.
func patternSet(n int) []Profile { return numberedSet(n, "team-%04d-%d*") }

// suffixSet is the hardest kind: patterns that begin with a wildcard, so that each must be tried.
func suffixSet(n int) []Profile { return numberedSet(n, "*-%04d-%d") }

func numberedSet(n int, namespace string) []Profile {
	list := make([]Profile, n)
	for i := range list {
		list[i] = Profile{Name: fmt.Sprintf("profile-%04d", i), Status: StatusActive}
		for j := range 5 {
			list[i].Selectors = append(list[i].Selectors, Selector{
				Namespace: fmt.Sprintf(namespace, i/2, j),
				Labels:    map[string]string{"run": "on-fargate", "tier": "backend"},
			})
		}
	}
	return list
}

// naive is the look-up without an Index: every selector is looked at for every pod.
func naive(all []*CompiledSelector, namespace string) []*CompiledSelector {
	var found []*CompiledSelector
	for _, selector := range all {
		if selector.Namespace.Match(namespace) {
			found = append(found, selector)
		}
	}
	return found
}

// sets are the kinds of profiles that are measured.
func sets() []profileSet {
	return []profileSet{{"exact", exactSet}, {"pattern", patternSet}, {"suffix", suffixSet}}
}

type profileSet struct {
	name string
	make func(int) []Profile
}

func BenchmarkSelectors(b *testing.B) {
	for _, set := range sets() {
		for _, n := range []int{10, 1000} {
			list := set.make(n)
			x, all := NewIndex(list), compile(list)
			for name, namespace := range map[string]string{"hit": fmt.Sprintf("team-%04d-3", n/4), "miss": "monitoring"} {
				if want := len(naive(all, namespace)); len(x.Selectors(namespace)) != want || (want > 0) != (name == "hit") {
					b.Fatalf("%s, %s: %d found, want %d", set.name, name, len(x.Selectors(namespace)), want)
				}
				prefix := fmt.Sprintf("%s/profiles=%d/%s/", set.name, n, name)
				b.Run(prefix+"index", func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						x.Selectors(namespace)
					}
				})
				b.Run(prefix+"naive", func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						naive(all, namespace)
					}
				})
			}
		}
	}
}

// BenchmarkLookup is the question admission asks: which selectors match this pod? With 10 profiles
// the answer is to take less than 300 ns, with 1,000 of 5 selectors each less than 1 µs. The naive
// answer beside it is the baseline of the same run.
func BenchmarkLookup(b *testing.B) {
	labels := map[string]string{"app": "web", "run": "on-fargate", "tier": "backend", "pod-template-hash": "7d4b9c"}
	matches := func(s *CompiledSelector) bool { return s.Matches(labels) }
	for _, set := range sets() {
		for _, n := range []int{10, 1000} {
			list := set.make(n)
			x, all := NewIndex(list), compile(list)
			namespace := fmt.Sprintf("team-%04d-3", n/4)
			prefix := fmt.Sprintf("%s/profiles=%d/", set.name, n)
			for name, selectors := range map[string]func() []*CompiledSelector{
				"index": func() []*CompiledSelector { return x.Selectors(namespace) },
				"naive": func() []*CompiledSelector { return naive(all, namespace) },
			} {
				b.Run(prefix+name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if !slices.ContainsFunc(selectors(), matches) {
							b.Fatal("no match")
						}
					}
				})
			}
		}
	}
}

// TestLookupAllocatesNothing when no selector matches: that is what most pods of most clusters
// cost.
func TestLookupAllocatesNothing(t *testing.T) {
	labels := map[string]string{"app": "web", "run": "elsewhere"}
	for _, set := range sets() {
		x := NewIndex(set.make(1000))
		for _, namespace := range []string{"monitoring", "team-0250-3"} {
			allocations := testing.AllocsPerRun(100, func() {
				if slices.ContainsFunc(x.Selectors(namespace), func(s *CompiledSelector) bool { return s.Matches(labels) }) {
					t.Error("a match")
				}
			})
			if allocations != 0 {
				t.Errorf("%s, %s: %.0f allocations", set.name, namespace, allocations)
			}
		}
	}
}

// mixedSet makes n profiles of 5 selectors each: of namespaces that are spelled out, and, in every
// other profile, of all namespaces.
func mixedSet(n int) []Profile {
	list := exactSet(n)
	for i := range list {
		if i%2 == 0 {
			for j := range list[i].Selectors {
				list[i].Selectors[j].Namespace = "*"
			}
		}
	}
	return list
}

func BenchmarkNewIndex(b *testing.B) {
	for _, set := range append(sets(), profileSet{"mixed", mixedSet}) {
		for _, n := range []int{10, 1000} {
			list := set.make(n)
			b.Run(fmt.Sprintf("%s/profiles=%d", set.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					NewIndex(list)
				}
			})
		}
	}
}

// The bytes that an Index takes grow as its selectors do, also where every pattern matches every
// namespace that is spelled out.
func TestNewIndexIsLinear(t *testing.T) {
	bytes := func(n int) float64 {
		list := mixedSet(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		NewIndex(list)
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	if few, many := bytes(50), bytes(500); many > 13*few {
		t.Errorf("%.0f bytes for 250 selectors, %.0f for 2,500: %.1f times", few, many, many/few)
	}
}

func BenchmarkPatternMatch(b *testing.B) {
	for name, pattern := range map[string]string{"literal": "team-payments-prod", "prefix": "team-*", "middle": "team-*-prod", "miss": "*-staging"} {
		p := NewPattern(pattern)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Match("team-payments-prod")
			}
		})
	}
}
