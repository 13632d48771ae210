//go:build !race

package webhook

const withRace = false
