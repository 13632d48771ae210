// Package survive keeps the process alive when a unit of work panics: one object that nobody has
// thought of must not end the judging of all others.
package survive

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.uber.org/zap"
)

// PanicError is a panic that was recovered.
type PanicError struct {
	Value any
	// Stack is that of the goroutine when it panicked.
	Stack []byte
}

// maxValue limits the text of a panic, in bytes: it may quote the object.
const maxValue = 300

// Error returns the value of the panic without the stack.
func (e *PanicError) Error() string {
	value := fmt.Sprint(e.Value)
	if len(value) > maxValue {
		value = value[:maxValue]
	}
	return fmt.Sprintf("panic: %+q", value)
}

// Stack returns the log field with the stack of a panic, and none for any other error.
func Stack(err error) zap.Field {
	panicked := (*PanicError)(nil)
	if !errors.As(err, &panicked) {
		return zap.Skip()
	}
	return zap.ByteString("stack", panicked.Stack)
}

// Call calls f and returns its error, or a [PanicError] if it panics. It can't recover panics in
// goroutines that f starts.
func Call(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}
