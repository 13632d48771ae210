package summary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// line is what matters of a line of the audit log.
type line struct {
	Time         time.Time `json:"time"`
	Event        string    `json:"event"`
	User         string    `json:"user"`
	Caller       string    `json:"caller"`
	Resource     string    `json:"resource"`
	Namespace    string    `json:"namespace"`
	Name         string    `json:"name"`
	GenerateName string    `json:"generateName"`
	Owner        string    `json:"owner"`
	DryRun       bool      `json:"dryRun"`
	Profile      string    `json:"profile"`
	Observed     bool      `json:"observed"`
	Findings     []struct {
		Rule string `json:"rule"`
	} `json:"findings"`
	Count int       `json:"count"`
	Since time.Time `json:"since"`
}

// errOther is for a line of JSON that isn't one of the audit log, such as one of the process log.
var errOther = errors.New("not a line of the audit log")

// maxCount is the most requests that a folded line may stand for. No webhook is asked so often within
// the hour that lines may be folded for; only a forged line says more, whose sum might overflow.
const maxCount = 1 << 32

// parse reads a line. Its errors are errOther, and any other for a line that is damaged.
func parse(text []byte) (*line, error) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("must be a JSON object")
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) && json.Valid(text) && l.Event == "" {
			return nil, errOther
		}
		return nil, fmt.Errorf("decode: %w", err)
	}
	switch {
	case l.Event != "refused" && l.Event != "changed" || l.Time.IsZero():
		return nil, errOther
	case l.Count < 0 || l.Count > maxCount:
		return nil, fmt.Errorf("count: must be between 1 and %d, not %d", maxCount, l.Count)
	}
	if l.Count == 0 {
		l.Count = 1
	}
	if l.Since.IsZero() || l.Since.After(l.Time) {
		l.Since = l.Time
	}
	return &l, nil
}

// object names who the line is about: the owner, or the object itself if it has none.
func (l *line) object() string {
	name := l.Owner
	switch {
	case name != "":
	case l.Name != "":
		name = l.Resource + "/" + l.Name
	default:
		name = l.Resource + "/" + l.GenerateName + "*"
	}
	if l.Namespace == "" {
		return name
	}
	return l.Namespace + "/" + name
}

// rules returns the rules of the findings, each once.
func (l *line) rules() []string {
	var rules []string
	seen := map[string]bool{}
	for _, finding := range l.Findings {
		if !seen[finding.Rule] {
			seen[finding.Rule] = true
			rules = append(rules, finding.Rule)
		}
	}
	return rules
}
