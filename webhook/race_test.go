//go:build race

package webhook

// withRace is true where the race detector multiplies allocations: it empties pools at random.
const withRace = true
