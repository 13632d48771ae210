package serve

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// dropPages gives back the pages of the program's own file: half of them only the start needs. What
// runs later is read again, most often from the page cache.
func dropPages() error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer smaps.Close() //nolint:errcheck // only read
	mappings, err := unchanged(smaps, path)
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED); failed != 0 {
			err = errors.Join(err, fmt.Errorf("drop the pages from %x to %x: %w", m.from, m.to, failed))
		}
	}
	return err
}
