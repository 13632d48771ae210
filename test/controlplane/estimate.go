package main

import (
	"fmt"
	"math"
	"strings"
)

// What the build of Kubernetes v1.37.2 takes with Go 1.26 and an empty build cache (decision 80).
// Other versions differ by less than machines do.
const (
	// coreMinutes is the time of all four programs on one core. They share most packages, so fewer
	// programs don't take much less.
	coreMinutes = 20
	// serialMinutes is what more cores don't shorten: linking, and packages that wait for others.
	serialMinutes = 1
	// cacheSpace is what it adds to Go's build cache, and buildSpace the sum of that, the modules'
	// sources and the programs.
	cacheSpace = "4 GB"
	buildSpace = "5 GB"
)

// estimate returns about how many minutes a build takes on that many cores.
func estimate(cores int) int {
	return int(math.Ceil(serialMinutes + (coreMinutes-serialMinutes)/float64(max(cores, 1))))
}

// announce returns the line that is printed before a build.
func announce(v version, missing []program, cores int) string {
	var names []string
	size := 0
	for _, p := range missing {
		names = append(names, p.name)
		size += p.megabytes
	}
	noun := "cores"
	if cores == 1 {
		noun = "core"
	}
	return fmt.Sprintf("building %s %s from source: about %d minutes on %d %s, %d MB, and %s in Go's build cache; less if some of it is there already",
		strings.Join(names, ", "), v, estimate(cores), cores, noun, size, cacheSpace)
}
