package callers

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fargate-webhook/internal/secretpath"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestParsePaths(t *testing.T) {
	one, two := secretpath.New(), secretpath.New()
	for content, want := range map[string][]string{
		one:                                {one},
		one + "\n":                         {one},
		"  " + one + "\r\n\n" + two + "\n": {one, two},
		"# current\n" + one + "\n# former\n" + two: {one, two},
		"":                nil,
		"\n# nothing\n":   nil,
		one + " " + two:   nil,
		one + "\nshort\n": nil,
	} {
		got, err := ParsePaths([]byte(content))
		if !slices.Equal(got, want) || (err != nil) != (want == nil) {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
}

func FuzzParsePaths(f *testing.F) {
	f.Add([]byte(secretpath.New() + "\n# comment\n" + secretpath.New()))
	f.Add([]byte("\x00\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		paths, err := ParsePaths(content)
		if (err == nil) != (len(paths) > 0) {
			t.Errorf("%q, %v", paths, err)
		}
		for _, path := range paths {
			if secretpath.Check(path) != nil {
				t.Errorf("took %q", path)
			}
		}
	})
}

// The error says which line of which file is wrong, without the secret.
func TestPathFileErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "paths")
	if _, err := NewPathFile(file, zap.NewNop()); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("have %v", err)
	}
	write(t, file, secretpath.New()+"\nTooSecretToQuote\n")
	_, err := NewPathFile(file, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), file+": line 2: ") || strings.Contains(err.Error(), "TooSecret") {
		t.Errorf("have %v", err)
	}
	write(t, file, "")
	if _, err := NewPathFile(file, zap.NewNop()); err == nil || !strings.Contains(err.Error(), file+": it is empty") {
		t.Errorf("have %v", err)
	}
}

// A path is replaced without a gap by three changes of the file. A file that is broken in between
// changes nothing, and is one line in the log.
func TestPathFileReplacesPaths(t *testing.T) {
	old, renewed := secretpath.New(), secretpath.New()
	file := filepath.Join(t.TempDir(), "paths")
	write(t, file, old)
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		paths, err := NewPathFile(file, zap.New(core))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- paths.Start(ctx) }()
		for _, turn := range []struct {
			content, registered string
			old, renewed        bool
		}{
			{old, old, true, false},
			{old + "\n" + renewed, old, true, true},
			{"broken", old, true, true},
			{renewed + "\n" + old, renewed, true, true},
			{renewed, renewed, false, true},
		} {
			write(t, file, turn.content)
			time.Sleep(10 * reloadInterval)
			synctest.Wait()
			registered, err := paths.RegisteredPath(ctx)
			if err != nil || registered != turn.registered || paths.AcceptsPath(old) != turn.old || paths.AcceptsPath(renewed) != turn.renewed {
				t.Errorf("%q: registered %q, accepted %v, %v; %v", turn.content, registered, paths.AcceptsPath(old), paths.AcceptsPath(renewed), err)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if warnings := logs.FilterLevelExact(zap.WarnLevel).Len(); warnings != 1 || logs.FilterMessage("file read again").Len() != 3 {
			t.Errorf("%d warnings, log %v", warnings, logs.All())
		}
	})
}
