package review

import (
	"errors"
	"fmt"

	"fargate-webhook/internal/text"
)

// Problem is input that can't be read, an error.
type Problem struct { //nolint:errname // it is data of the report, and an error besides
	// Text says what is wrong.
	Text string `json:"text"`
	// Source is the file as it was named, empty where the problem isn't that of one source.
	Source string `json:"source,omitempty"`
	// Line is where in Source it is, from 1; 0 where that isn't known. Text names no line then.
	Line int `json:"line,omitempty"`
}

// Error returns the text with its line. Without a line the text names the source where it is known.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.Source, p.Line, p.Text)
}

// maxProblem is the longest text of a problem, in bytes: decoders quote what they can't read.
const maxProblem = 1 << 10

func problemAt(source string, line int, err error) error {
	return &Problem{Text: text.Truncate(err.Error(), maxProblem), Source: source, Line: line}
}

// problemsOf returns errors as the problems of a report.
func problemsOf(list []error) []Problem {
	var problems []Problem
	for _, err := range list {
		problem := &Problem{Text: err.Error()}
		_ = errors.As(err, &problem) // else it has no place
		problems = append(problems, *problem)
	}
	return problems
}
