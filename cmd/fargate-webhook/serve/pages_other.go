//go:build !linux

package serve

// dropPages does nothing: containers run on Linux.
func dropPages() error { return nil }
