// Package logconf checks the configuration of the log router that is built into Fargate: the
// ConfigMap aws-observability/aws-logging, in the classic format of Fluent Bit (F10.1).
package logconf

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// Namespace is that of the ConfigMap.
	Namespace = "aws-observability"
	// Name is that of the ConfigMap.
	Name = "aws-logging"
	// Label is the label that the namespace needs.
	Label = "aws-observability"
	// Enabled is the value of that label.
	Enabled = "enabled"
	// MaxCharacters is how large the ConfigMap may be.
	MaxCharacters = 5300

	filters, output, parsers = "filters.conf", "output.conf", "parsers.conf"
	// processLogs ships the log router's own log, if "true".
	processLogs = "flb_log_cw"
)

// Problem is what the log router doesn't take.
type Problem struct {
	// Key is that in the ConfigMap, "" for the ConfigMap as a whole.
	Key string
	// Line is the line within the key's text, from 1; 0 for the whole text.
	Line int
	// Text says what is wrong.
	Text string
}

// format is what one key of the ConfigMap may hold.
type format struct {
	section  string
	required []string
	// plugins are the values that Name may have, nil for any.
	plugins []string
}

var formats = map[string]format{
	filters: {"FILTER", []string{"Name", "Match"}, []string{"grep", "parser", "record_modifier", "rewrite_tag", "throttle", "nest", "modify", "kubernetes"}},
	output:  {"OUTPUT", []string{"Name", "Match"}, []string{"es", "firehose", "kinesis_firehose", "cloudwatch", "cloudwatch_logs", "kinesis"}},
	parsers: {"PARSER", []string{"Name", "Format"}, nil},
}

// owned are the settings of the kubernetes filter that EKS makes itself.
var owned = []string{"kube_url", "kube_ca_file", "kube_token_command", "kube_token_file"}

// Check returns what the log router doesn't take of the ConfigMap's data, by key and line.
func Check(data map[string]string) []Problem {
	var found []Problem
	characters := 0
	for _, key := range slices.Sorted(maps.Keys(data)) {
		characters += utf8.RuneCountInString(data[key])
		switch of, known := formats[key]; {
		case known:
			found = append(found, of.check(key, data[key])...)
		case key == processLogs && data[key] != "true" && data[key] != "false":
			found = append(found, Problem{key, 0, fmt.Sprintf("must be \"true\" or \"false\", not %q", data[key])})
		case key != processLogs:
			found = append(found, Problem{key, 0, "is not read: the keys are " + strings.Join([]string{filters, output, parsers, processLogs}, ", ")})
		}
	}
	if characters > MaxCharacters {
		found = append(found, Problem{"", 0, fmt.Sprintf("must not have more than %d characters, not %d", MaxCharacters, characters)})
	}
	if strings.TrimSpace(data[output]) == "" {
		found = append(found, Problem{output, 0, "must have an [OUTPUT]: without one nothing is logged"})
	}
	return found
}

// section is a section of a configuration.
type section struct {
	name string
	line int
	// keys are in lower case.
	keys map[string]entry
}

type entry struct {
	value string
	line  int
}

// check checks the text of one key.
func (f *format) check(key, text string) []Problem {
	sections, found := parse(key, text)
	if len(sections) == 0 && strings.TrimSpace(text) != "" {
		found = append(found, Problem{key, 0, fmt.Sprintf("must have a [%s] section", f.section)})
	}
	for i := range sections {
		found = append(found, f.checkSection(key, &sections[i])...)
	}
	slices.SortStableFunc(found, func(a, b Problem) int { return a.Line - b.Line })
	return found
}

func (f *format) checkSection(key string, s *section) (found []Problem) {
	if !strings.EqualFold(s.name, f.section) {
		where := ": the log router takes filters, outputs and parsers only"
		for other, of := range formats {
			if strings.EqualFold(s.name, of.section) {
				where = ", whose place is " + other
			}
		}
		return []Problem{{key, s.line, fmt.Sprintf("must have [%s] sections only, not [%s]%s", f.section, s.name, where)}}
	}
	for _, required := range f.required {
		if s.keys[strings.ToLower(required)].value == "" {
			found = append(found, Problem{key, s.line, fmt.Sprintf("[%s] must have %s", f.section, required)})
		}
	}
	name := s.keys["name"]
	plugin := strings.ToLower(name.value)
	if f.plugins != nil && name.value != "" && !slices.Contains(f.plugins, plugin) {
		found = append(found, Problem{key, name.line, fmt.Sprintf("Name of [%s] must be one of %s, not %q", f.section, strings.Join(f.plugins, ", "), name.value)})
	}
	if f.section == "FILTER" && plugin == "kubernetes" {
		for _, setting := range owned {
			if e, ok := s.keys[setting]; ok {
				found = append(found, Problem{key, e.line, fmt.Sprintf("the filter kubernetes must not set %s: EKS does", setting)})
			}
		}
	}
	return found
}
