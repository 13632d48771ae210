package serve

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestLogFieldsAreCut(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	long := strings.Repeat("x", 1<<20)
	logger := zap.New(core, cutFields()).With(zap.String("with", long))
	logger.Debug("not logged", zap.String("a", long))
	logger.Info(long, zap.String("text", long), zap.Error(errors.New(long)), zap.String("short", "y"), zap.Int("number", 1), zap.Error(nil))
	entries := logs.TakeAll()
	if len(entries) != 1 || len(entries[0].Message) > maxField {
		t.Fatalf("%d entries", len(entries))
	}
	fields := entries[0].ContextMap()
	for _, key := range []string{"with", "text", "error"} {
		if value, _ := fields[key].(string); len(value) > maxField || !strings.HasPrefix(value, "xxx") {
			t.Errorf("%s has %d bytes", key, len(value))
		}
	}
	if fields["short"] != "y" || fields["number"] != int64(1) {
		t.Errorf("have %v", fields)
	}
}
