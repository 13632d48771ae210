package registration

import (
	"errors"
	"net/url"
)

// Hosts returns the host names and addresses that the API server verifies the serving certificate
// for. It returns an error if the URL is not one that the API server calls: https, with a host, and
// without user, query and fragment.
func (t Target) Hosts() ([]string, error) {
	if t.URL == "" {
		service := t.ServiceName + "." + t.ServiceNamespace
		return []string{service + ".svc", service + ".svc.cluster.local", service}, nil
	}
	u, err := url.Parse(t.URL)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the caller quotes the URL
	}
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "https":
		return nil, errors.New("scheme must be https, as in https://host:port")
	case u.Hostname() == "":
		return nil, errors.New("must have a host, as in https://host:port")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must not have a user, query or fragment")
	}
	return []string{u.Hostname()}, nil
}
