package survive

import (
	"errors"
	"strings"
	"testing"
)

func TestCall(t *testing.T) {
	failed := errors.New("failed")
	if err := Call(func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := Call(func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	var nowhere map[string]int
	err := Call(func() error { nowhere["a"] = 1; return nil })
	panicked := (*PanicError)(nil)
	if !errors.As(err, &panicked) || !strings.Contains(string(panicked.Stack), "survive_test.go") || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("%v with the stack %s", err, panicked.Stack)
	}
	if err := Call(func() error { panic(strings.Repeat("\n", 10*maxValue)) }); len(err.Error()) > 3*maxValue || strings.Contains(err.Error(), "\n") {
		t.Errorf("%d bytes: %.50q", len(err.Error()), err)
	}
}
