//go:build !linux

package process

import "syscall"

// attributes puts the child into a process group of its own. There is no way here to have it die with its parent.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
