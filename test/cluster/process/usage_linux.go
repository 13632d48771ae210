package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU returns the processor time that the process has used.
func (p *Process) CPU() (time.Duration, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("%d fields in /proc/%d/stat", len(fields), p.PID())
	}
	var ticks int
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100, nil
}

// Resident returns the resident memory in MiB.
func (p *Process) Resident() (float64, error) { return p.status("VmRSS") }

// Anonymous returns the part of the resident memory that no file backs, in MiB.
func (p *Process) Anonymous() (float64, error) { return p.status("RssAnon") }

// OfFiles returns the part of the resident memory that is pages of files, in MiB: the kernel can drop
// these and read them again.
func (p *Process) OfFiles() (float64, error) { return p.status("RssFile") }

// Peak returns the most resident memory since the start or the last ForgetPeak, in MiB.
func (p *Process) Peak() (float64, error) { return p.status("VmHWM") }

// ForgetPeak makes the peak of resident memory the present one.
func (p *Process) ForgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.PID()), []byte("5"), 0)
}

// status returns a line of /proc/<pid>/status that is in kB, in MiB.
func (p *Process) status(name string) (float64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			kib, err := strconv.Atoi(number)
			return float64(kib) / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc/%d/status", name, p.PID())
}
