// Package survive keeps the process alive when a unit of work panics: one object that nobody has
// thought of must not end the judging of all others.
package survive

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// Every calls f at once and then at every interval, until ctx ends. Of errors in a row, panics among
// them, failed gets the first.
func Every(ctx context.Context, interval time.Duration, f func() error, failed func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for failing := false; ; {
		err := Call(f)
		if err != nil && !failing && ctx.Err() == nil {
			failed(err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Transform returns a transform of an informer that survives panics: an error would keep all
// objects of the kind from being known. In place of an object on which it panics, blank returns an
// empty one, which gets the name and version of that object; log says so.
func Transform(transform func(any) (any, error), blank func() metav1.Object, log func(skipped metav1.Object, err error)) func(any) (any, error) {
	return func(object any) (out any, err error) {
		err = Call(func() error {
			out, err = transform(object)
			return err
		})
		meta, ok := object.(metav1.Object)
		if panicked := (*PanicError)(nil); !ok || !errors.As(err, &panicked) {
			return out, err
		}
		log(meta, err)
		empty := blank()
		empty.SetNamespace(meta.GetNamespace())
		empty.SetName(meta.GetName())
		empty.SetUID(meta.GetUID())
		empty.SetResourceVersion(meta.GetResourceVersion())
		return empty, nil
	}
}
