// Package cli holds what the commands share: exit codes, flags, and the values that flags name.
package cli

import (
	"errors"
	"fmt"
	"io"
)

// Exit codes. Each command's help says what they mean there.
const (
	ExitOK = 0
	// ExitFailed is for a command that failed, or that answers no: a review with denials, a pod
	// that does not run on Fargate.
	ExitFailed = 1
	// ExitUsage is for invalid flags, arguments and input files.
	ExitUsage = 2
)

// ExitError is an error with the exit code that the program ends with.
type ExitError struct {
	Code int
	// Err is nil if the command has already printed the reason.
	Err error
}

// Error returns the text of Err, or an empty string if there is none.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// Failed wraps err so that the program ends with ExitFailed. err may be nil.
func Failed(err error) error { return &ExitError{Code: ExitFailed, Err: err} }

// ExitCode returns the exit code for the error of a command: ExitOK for nil, the code of an
// ExitError, ExitUsage for any other error.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if coded := (*ExitError)(nil); errors.As(err, &coded) {
		return coded.Code
	}
	return ExitUsage
}

// Complain prints a message for the user to standard error, after the name of the program.
func Complain(stderr io.Writer, message any) {
	fmt.Fprintln(stderr, "fargate-webhook:", message) //nolint:errcheck // no other place to report it
}
