package gobench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Comparison is what Compare runs.
type Comparison struct {
	// Root is the working tree, and Base the revision that it is compared with.
	Root, Base string
	// Packages are the folders with the benchmarks, such as ./webhook; empty for all of them that both
	// have.
	Packages []string
	// Bench is the pattern of the benchmarks.
	Bench string
	// Count is how often each is run, and Lasting how long.
	Count   int
	Lasting time.Duration
	Out     io.Writer
}

// Compare runs the benchmarks of a revision and of the working tree, in turns, and prints what
// benchstat says of them.
func (c *Comparison) Compare(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "bench-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	base := filepath.Join(folder, "base")
	if err := git(ctx, c.Root, "worktree", "add", "--detach", "--force", base, c.Base); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, git(context.WithoutCancel(ctx), c.Root, "worktree", "remove", "--force", base))
	}()
	packages := c.Packages
	if len(packages) == 0 {
		if packages, err = shared(base, c.Root); err != nil {
			return err
		}
	}
	sides := []side{{"base", base, filepath.Join(folder, "base.txt")}, {"work", c.Root, filepath.Join(folder, "work.txt")}}
	for _, s := range sides {
		c.say("building the benchmarks of %s", s.name)
		for _, p := range packages {
			if _, err := run(ctx, s.root, "test", "-c", "-trimpath", "-o", s.binary(folder, p), p); err != nil {
				return err
			}
		}
	}
	for round := range c.Count {
		c.say("round %d of %d", round+1, c.Count)
		for i, p := range packages {
			for n := range sides { // neither is always the first
				s := sides[(round+i+n)%len(sides)]
				if err := c.measure(ctx, s, s.binary(folder, p), p); err != nil {
					return err
				}
			}
		}
	}
	stat := exec.CommandContext(ctx, "go", "tool", "-modfile=tools/go.mod", "benchstat", "base="+filepath.Join(folder, "base.txt"), "work="+filepath.Join(folder, "work.txt"))
	stat.Dir, stat.Stdout, stat.Stderr = c.Root, c.Out, os.Stderr
	return stat.Run()
}

func (c *Comparison) say(format string, args ...any) { fmt.Fprintf(c.Out, format+"\n", args...) } //nolint:errcheck // progress only

// side is one of the two trees.
type side struct{ name, root, output string }

// binary returns the path of the side's test program of a package.
func (s *side) binary(folder, pkg string) string {
	return filepath.Join(folder, s.name+strings.ReplaceAll(strings.TrimPrefix(pkg, "."), "/", "-")+".test")
}

// measure runs the benchmarks of a package once, in the package's folder, and appends their output.
func (c *Comparison) measure(ctx context.Context, s side, binary, pkg string) error {
	file, err := os.OpenFile(s.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.benchmem", "-test.bench="+c.Bench, "-test.benchtime="+c.Lasting.String())
	command.Dir = filepath.Join(s.root, pkg)
	command.Env = append(os.Environ(), "E2E=skip")
	command.Stdout, command.Stderr = file, os.Stderr
	err = errors.Join(command.Run(), file.Close())
	if err != nil {
		output, _ := os.ReadFile(s.output)
		return fmt.Errorf("benchmarks of %s in %s: %w\n%s", pkg, s.name, err, output[max(0, len(output)-2000):])
	}
	return nil
}

// shared returns the folders in which both trees have benchmarks.
func shared(base, work string) ([]string, error) {
	inBase, err := benchmarked(base)
	if err != nil {
		return nil, err
	}
	inWork, err := benchmarked(work)
	return slices.DeleteFunc(inWork, func(p string) bool { return !slices.Contains(inBase, p) }), err
}

// benchmarked returns the folders with benchmarks below a root, without modules of their own.
func benchmarked(root string) ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, module := os.Stat(filepath.Join(path, "go.mod"))
			if hidden := strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin"; path != root && (module == nil || hidden) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path) //nolint:gosec // the repository's own files
		if err == nil && strings.Contains(string(content), "\nfunc Benchmark") {
			relative, _ := filepath.Rel(root, filepath.Dir(path)) // it is below
			found["./"+filepath.ToSlash(relative)] = true
		}
		return err
	})
	all := make([]string, 0, len(found))
	for folder := range found {
		all = append(all, folder)
	}
	slices.Sort(all)
	return all, err
}

func git(ctx context.Context, root string, args ...string) error {
	command := exec.CommandContext(ctx, "git", args...)
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}
