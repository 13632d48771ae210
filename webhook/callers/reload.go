package callers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// reloadInterval is how often a file is read again. A mounted Secret takes up to a minute anyway.
const reloadInterval = 10 * time.Second

// reloaded is the value of a file, read again at every interval. The last good value stays in use.
type reloaded[T any] struct {
	path   string
	parse  func(content []byte) (T, error)
	logger *zap.Logger

	value   atomic.Pointer[T]
	content []byte // only used by Start once there is a value
}

// load reads the file. It returns an error that names it.
func (f *reloaded[T]) load() (changed bool, err error) {
	content, err := os.ReadFile(f.path)
	if err != nil {
		return false, err
	}
	if f.value.Load() != nil && bytes.Equal(content, f.content) {
		return false, nil
	}
	value, err := f.parse(content)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.path, err)
	}
	f.value.Store(&value)
	f.content = content
	return true, nil
}

// run reads the file until ctx ends.
func (f *reloaded[T]) run(ctx context.Context) {
	ticker := time.NewTicker(reloadInterval)
	defer ticker.Stop()
	failing := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		switch news, err := f.load(); {
		case err != nil && err.Error() != failing:
			failing = err.Error()
			f.logger.Warn("file not read, keeping the last good content", zap.Error(err))
		case err == nil:
			failing = ""
			if news {
				f.logger.Info("file read again", zap.String("file", f.path))
			}
		}
	}
}

var errEmpty = errors.New("it is empty")
