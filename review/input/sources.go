package input

import (
	"context"
	"io"

	"fargate-webhook/review"
)

// Sources returns what the values of --filename stand for, in their order: files, folders, patterns,
// URLs, and standard input for "-". Nothing is fetched before a source is opened. A value that stands
// for nothing is a source that can't be opened, so that the others are judged and reports name it.
func Sources(ctx context.Context, paths []string, recursive bool, stdin io.Reader) []review.Source {
	var list []review.Source
	for _, path := range paths {
		if IsURL(path) {
			list = append(list, urlSource(ctx, path))
			continue
		}
		found, err := review.FileSources([]string{path}, recursive, stdin)
		if err != nil {
			found = []review.Source{Missing(path, err)}
		}
		list = append(list, found...)
	}
	return list
}

// Missing returns a source that can't be opened for a reason, which names the source.
func Missing(name string, reason error) review.Source {
	return review.Source{Name: name, Open: func() (io.ReadCloser, error) { return nil, reason }}
}
