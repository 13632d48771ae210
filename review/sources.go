package review

import (
	"fmt"
	"io"
	"strings"
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

// content reads all of a source.
func (s *Source) content() ([]byte, error) {
	in, err := s.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	return readAll(s.Name, in)
}

// Sources judges the objects of all sources, which know each other. Input without any object is a
// problem too: most often the program before a pipe failed.
func (r *Reviewer) Sources(sources []Source) (Report, []error) {
	var manifests []manifest
	var problems []error
	decoder := newDecoder(r.PodTemplates)
	for i := range sources {
		source := &sources[i]
		data, err := source.content()
		if err != nil {
			problems = append(problems, &Problem{Text: err.Error(), Source: source.Name})
			continue
		}
		found, broken := decoder.read(source.Name, data)
		for j := range found {
			found[j].context = source.Context
		}
		manifests = append(manifests, found...)
		problems = append(problems, broken...)
	}
	if len(manifests)+len(problems) == 0 {
		problems = append(problems, fmt.Errorf("no Kubernetes object in %s", names(sources)))
	}
	report := r.report(r.judge(manifests))
	report.Problems = problemsOf(problems)
	return report, problems
}

// names lists the first sources.
func names(sources []Source) string {
	const most = 5
	var list []string
	for i := range sources {
		if i == most {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(sources)-most)
		}
		list = append(list, sources[i].Name)
	}
	return strings.Join(list, ", ")
}
