package input

import (
	"context"
	"io"

	"fargate-webhook/review"
)

// Sources returns what the values of --filename stand for, in their order: files, folders, patterns,
// URLs, and standard input for "-". Nothing is fetched before a source is opened.
func Sources(ctx context.Context, paths []string, recursive bool, stdin io.Reader) ([]review.Source, error) {
	var list []review.Source
	for _, path := range paths {
		if IsURL(path) {
			source, err := urlSource(ctx, path)
			if err != nil {
				return nil, err
			}
			list = append(list, source)
			continue
		}
		found, err := review.FileSources([]string{path}, recursive, stdin)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
