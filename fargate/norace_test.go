//go:build !race

package fargate

const withRace = false
