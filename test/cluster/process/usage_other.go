//go:build !linux

package process

import (
	"errors"
	"fmt"
	"time"
)

// errNotLinux says why nothing is measured: it is read from /proc.
var errNotLinux = fmt.Errorf("what a process takes is measured on Linux only: %w", errors.ErrUnsupported)

// CPU returns an error.
func (p *Process) CPU() (time.Duration, error) { return 0, errNotLinux }

// Resident returns an error.
func (p *Process) Resident() (float64, error) { return 0, errNotLinux }

// Anonymous returns an error.
func (p *Process) Anonymous() (float64, error) { return 0, errNotLinux }

// OfFiles returns an error.
func (p *Process) OfFiles() (float64, error) { return 0, errNotLinux }

// Peak returns an error.
func (p *Process) Peak() (float64, error) { return 0, errNotLinux }

// ForgetPeak returns an error.
func (p *Process) ForgetPeak() error { return errNotLinux }
