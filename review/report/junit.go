package report

import (
	"cmp"
	"encoding/xml"
	"io"

	"fargate-webhook/review"
)

// The parts of JUnit's XML that are written.
type (
	junitSuites struct {
		XMLName xml.Name      `xml:"testsuites"`
		Name    string        `xml:"name,attr"`
		Tests   int           `xml:"tests,attr"`
		Failed  int           `xml:"failures,attr"`
		Errors  int           `xml:"errors,attr"`
		Skipped int           `xml:"skipped,attr"`
		Suites  []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name    string      `xml:"name,attr"`
		Tests   int         `xml:"tests,attr"`
		Failed  int         `xml:"failures,attr"`
		Errors  int         `xml:"errors,attr"`
		Skipped int         `xml:"skipped,attr"`
		Cases   []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a test suite for each source, and a test case for each object: one that is
// denied, or whose pods are, has failed, and one that isn't judged was skipped. What can't be read is a
// case with an error.
func writeJUnit(w io.Writer, r *review.Report, _ Options) error {
	all := junitSuites{Name: "fargate-webhook review"}
	suites := map[string]*junitSuite{}
	add := func(source string, found junitCase) {
		suite := suites[source]
		if suite == nil {
			suite = &junitSuite{Name: plain(cmp.Or(source, all.Name))}
			suites[source] = suite
			all.Suites = append(all.Suites, suite)
		}
		suite.Cases = append(suite.Cases, found)
		suite.Tests, all.Tests = suite.Tests+1, all.Tests+1
		if found.Failure != nil {
			suite.Failed, all.Failed = suite.Failed+1, all.Failed+1
		}
		if found.Skipped != nil {
			suite.Skipped, all.Skipped = suite.Skipped+1, all.Skipped+1
		}
		if found.Error != nil {
			suite.Errors, all.Errors = suite.Errors+1, all.Errors+1
		}
	}
	for k := range r.Items {
		add(r.Items[k].Source, junitCaseOf(&r.Items[k]))
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		unread := junitCase{Name: plain(p.Error()), Class: program, File: plain(p.Source), Line: p.Line}
		message := &junitMessage{Message: plain(p.Text), Type: "unreadable", Text: plain(p.Error())}
		if p.Minor {
			unread.Skipped = message
		} else {
			unread.Error = message
		}
		add(p.Source, unread)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitCaseOf(i *review.Item) junitCase {
	c := junitCase{Name: plain(subject(i)), Class: plain(i.APIVersion), File: plain(i.Source), Line: i.Line}
	var denied, warned lines
	findings := allFindings(i)
	for k := range findings {
		f := &findings[k]
		out := &warned
		if refuses(f) {
			out = &denied
			if c.Failure == nil {
				c.Failure = &junitMessage{Message: plain(f.Message), Type: string(f.Rule)}
			}
		}
		writeFinding(out, f, 0)
	}
	for k := range i.Ignored {
		writeIgnored(&warned, &i.Ignored[k], 0)
	}
	switch {
	case c.Failure == nil && i.Denied():
		c.Failure = &junitMessage{Message: outcome(i)}
	case c.Failure != nil && !i.Denied(): // it is exempt
		_, _ = warned.WriteString(denied.String()) // never fails
		c.Failure = nil
	case i.Result == review.ResultSkip:
		c.Skipped = &junitMessage{Message: plain(i.Placement.Reason)}
	}
	if c.Failure != nil {
		c.Failure.Text = denied.String()
	}
	c.Output = warned.String()
	return c
}
