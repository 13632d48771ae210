package review

import (
	"bytes"
	"io"
)

// Source is one input of a review: a file, or whatever else gives manifests.
type Source struct {
	// Name is that of the file as it was named, or of where else the content comes from. Reports
	// and errors have it.
	Name string
	// Context is true for objects that aren't reported: only decisions about others look them up.
	Context bool
	// Open returns the content. Its errors name the source.
	Open func() (io.ReadCloser, error)
}

// FileSource returns the source of a file, or of stdin for "-".
func FileSource(path string, stdin io.Reader) Source {
	return Source{Name: path, Open: func() (io.ReadCloser, error) { return openFile(path, stdin) }}
}

// FileSources returns the sources of the files that the paths stand for.
func FileSources(paths []string, recursive bool, stdin io.Reader) ([]Source, error) {
	list, err := Files(paths, recursive)
	if err != nil {
		return nil, err
	}
	sources := make([]Source, len(list))
	for i, path := range list {
		sources[i] = FileSource(path, stdin)
	}
	return sources, nil
}

// Sources judges the objects of all sources, as Stream does, and returns all items at once. The
// errors are the problems of the report.
func (r *Reviewer) Sources(sources []Source) (Report, []error) {
	items := []Item{}
	report, err := r.Stream(sources, func(more []Item) error {
		items = append(items, more...)
		return nil
	})
	if err != nil {
		report = NewReport(nil)
		report.Problems = []Problem{{Text: err.Error()}}
	}
	report.Items = items
	var problems []error
	for i := range report.Problems {
		problems = append(problems, &report.Problems[i])
	}
	return report, problems
}

// File judges the objects in the content of one file, as Sources does.
func (r *Reviewer) File(name string, data []byte) (found []Item, problems []error) {
	if len(data) == 0 {
		return nil, nil
	}
	report, problems := r.Sources([]Source{{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}})
	return report.Items, problems
}

// Paths judges the objects of all files that the paths stand for, as Sources does.
func (r *Reviewer) Paths(paths []string, recursive bool, stdin io.Reader) (Report, []error) {
	sources, err := FileSources(paths, recursive, stdin)
	if err != nil {
		problem := Problem{Text: err.Error()}
		report := NewReport(nil)
		report.Problems = []Problem{problem}
		return report, []error{&problem}
	}
	return r.Sources(sources)
}
