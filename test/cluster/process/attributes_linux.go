package process

import "syscall"

// attributes starts the child in its own process group and makes the kernel kill it when its parent
// dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
