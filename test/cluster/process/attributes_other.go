//go:build !linux

package process

import "syscall"

// attributes starts the child in its own process group. This platform has no way to kill it when
// its parent dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
