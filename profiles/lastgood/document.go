// Package lastgood stores the last good list of Fargate profiles in a ConfigMap, for a webhook that
// starts while the EKS API fails.
package lastgood

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fargate-webhook/profiles"
)

const (
	// version is the version of the document. Documents of other versions are rejected.
	version = 1
	// maxSize limits the document, in bytes. A ConfigMap may have 1 MiB in total.
	maxSize = 900 << 10
	// maxAhead is how far the clock of the writer may be ahead of ours.
	maxAhead = 5 * time.Minute
)

// document is the JSON of a list.
type document struct {
	Version  int       `json:"version"`
	Source   string    `json:"source"`
	Listed   time.Time `json:"listed"`
	Profiles []profile `json:"profiles"`
}

type profile struct {
	Name      string          `json:"name"`
	Status    profiles.Status `json:"status"`
	Selectors []selector      `json:"selectors"`
}

type selector struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// encode returns the document of a list, or an error that says why it can't be stored.
func encode(source string, list []profiles.Profile, listed time.Time) ([]byte, error) {
	d := document{Version: version, Source: source, Listed: listed.UTC().Truncate(time.Second), Profiles: make([]profile, 0, len(list))}
	for _, p := range list {
		one := profile{Name: p.Name, Status: p.Status, Selectors: make([]selector, 0, len(p.Selectors))}
		for _, s := range p.Selectors {
			one.Selectors = append(one.Selectors, selector{Namespace: s.Namespace, Labels: s.Labels})
		}
		d.Profiles = append(d.Profiles, one)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the list: %w", err)
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("the list of %d profiles has %d bytes: a ConfigMap must not have more than %d", len(list), len(text), maxSize)
	}
	return text, nil
}

// decode reads a document that encode has written for the source, and rejects everything else: an
// incomplete list is worse than none. It returns the list and its time.
func decode(text []byte, source string, now time.Time) ([]profiles.Profile, time.Time, error) {
	if len(text) > maxSize {
		return nil, time.Time{}, fmt.Errorf("it has %d bytes: it must not have more than %d", len(text), maxSize)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, time.Time{}, fmt.Errorf("not a list: %w", err)
	}
	switch {
	case d.Version != version:
		return nil, time.Time{}, fmt.Errorf("version must be %[2]d, not %[1]d", d.Version, version)
	case d.Source != source:
		return nil, time.Time{}, fmt.Errorf("it is the list of %s, not of %s", d.Source, source)
	case d.Listed.IsZero():
		return nil, time.Time{}, errors.New("it has no time")
	case d.Listed.After(now.Add(maxAhead)):
		return nil, time.Time{}, fmt.Errorf("its time %s is in the future", d.Listed.Format(time.RFC3339))
	}
	if err := d.check(); err != nil {
		return nil, time.Time{}, err
	}
	list := d.list()
	// A list has exactly one encoding. Unknown or duplicate fields make a difference.
	if again, err := encode(d.Source, list, d.Listed); err != nil || !bytes.Equal(again, text) {
		return nil, time.Time{}, errors.New("it is not as the webhook writes it")
	}
	return list, d.Listed, nil
}

// check rejects a list that no source returns.
func (d *document) check() error {
	seen := map[string]bool{}
	for i, p := range d.Profiles {
		switch {
		case p.Name == "":
			return fmt.Errorf("profile %d has no name", i)
		case seen[p.Name]:
			return fmt.Errorf("profile %q is listed twice", p.Name)
		case p.Status == "":
			return fmt.Errorf("profile %q has no status", p.Name)
		}
		seen[p.Name] = true
		for j, s := range p.Selectors {
			if s.Namespace == "" {
				return fmt.Errorf("selector %d of profile %q has no namespace", j, p.Name)
			}
		}
	}
	return nil
}

func (d *document) list() []profiles.Profile {
	list := make([]profiles.Profile, 0, len(d.Profiles))
	for _, p := range d.Profiles {
		one := profiles.Profile{Name: p.Name, Status: p.Status}
		for _, s := range p.Selectors {
			one.Selectors = append(one.Selectors, profiles.Selector{Namespace: s.Namespace, Labels: s.Labels})
		}
		list = append(list, one)
	}
	return list
}

// checksum returns the SHA-256 of the document, which is stored beside it to detect edits and
// damage. It is not a signature.
func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
