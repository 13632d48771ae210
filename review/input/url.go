package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"fargate-webhook/review"
)

const (
	// fetchTimeout bounds the time for a URL, its content and redirects included.
	fetchTimeout = time.Minute
	// maxRedirects bounds the redirects that are followed.
	maxRedirects = 5
)

// IsURL reports whether kubectl would fetch a path.
func IsURL(path string) bool {
	return strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://")
}

// user is what of a text that isn't a URL may be a user with a password.
var user = regexp.MustCompile(`//.*@`)

// urlSource returns the source of a URL, whose name has no password.
func urlSource(ctx context.Context, text string) review.Source {
	at, err := url.Parse(text)
	if err != nil || at.Host == "" {
		name := user.ReplaceAllString(text, "//xxxxx@")
		return Missing(name, fmt.Errorf("read manifests: %q is not a valid URL", name))
	}
	return review.Source{Name: at.Redacted(), Open: func() (io.ReadCloser, error) { return fetch(ctx, at) }}
}

// fetch asks for the content of a URL. Its errors name the URL.
func fetch(ctx context.Context, at *url.URL) (_ io.ReadCloser, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer func() {
		if err != nil {
			cancel()
			err = fmt.Errorf("read manifests: %s: %w", at.Redacted(), reason(err))
		}
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "fargate-webhook")
	response, err := (&http.Client{CheckRedirect: follow}).Do(request)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		_ = response.Body.Close()
		return nil, fmt.Errorf("the server answers %s", response.Status)
	case response.ContentLength > review.MaxFile:
		_ = response.Body.Close()
		return nil, fmt.Errorf("larger than %d MiB", review.MaxFile>>20)
	}
	return &fetched{ReadCloser: response.Body, done: cancel}, nil
}

// follow lets redirects pass, but not many, and none that gives up encryption.
func follow(next *http.Request, before []*http.Request) error {
	switch {
	case len(before) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case before[0].URL.Scheme == "https" && next.URL.Scheme != "https":
		return fmt.Errorf("it redirects from https to %s", next.URL.Redacted())
	}
	return nil
}

// reason returns what went wrong without the method and URL that net/http puts before it.
func reason(err error) error {
	failed := (*url.Error)(nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", fetchTimeout)
	case errors.As(err, &failed):
		return failed.Err
	}
	return err
}

// fetched is the content of a URL.
type fetched struct {
	io.ReadCloser
	done func()
}

// Close also ends the time-out.
func (f *fetched) Close() error {
	defer f.done()
	return f.ReadCloser.Close()
}
