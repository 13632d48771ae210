package logconf

import (
	"fmt"
	"strings"
)

// maxProblems bounds the problems of one text.
const maxProblems = 20

// parser reads the lines of a configuration.
type parser struct {
	key      string
	sections []section
	found    []Problem
	// indents are those of the first section and of the first setting, nil before they are seen.
	ofSection, ofSetting *int
}

// parse reads a configuration. Comments, empty lines and lines with an @ are skipped.
func parse(key, text string) ([]section, []Problem) {
	p := parser{key: key}
	for i, line := range strings.Split(text, "\n") {
		if len(p.found) >= maxProblems {
			break
		}
		p.line(i+1, strings.TrimRight(line, " \t\r"))
	}
	return p.sections, p.found
}

func (p *parser) line(number int, line string) {
	content := strings.TrimLeft(line, " \t")
	indent := len(line) - len(content)
	switch {
	case content == "" || content[0] == '#' || content[0] == '@':
		return
	case strings.Contains(content, "${"):
		p.problem(number, "must not use environment variables such as ${NAME}")
	}
	if content[0] == '[' {
		p.section(number, indent, content)
		return
	}
	if len(p.sections) == 0 {
		p.problem(number, fmt.Sprintf("%q must be within a section", first(content)))
		return
	}
	p.indented(number, indent, &p.ofSetting, "settings")
	if p.ofSection != nil && indent <= *p.ofSection {
		p.problem(number, fmt.Sprintf("%q must be indented more than its section", first(content)))
	}
	name, value, _ := strings.Cut(content, " ")
	if tab := strings.IndexByte(name, '\t'); tab >= 0 {
		name, value = content[:tab], content[tab:]
	}
	p.sections[len(p.sections)-1].keys[strings.ToLower(name)] = entry{strings.TrimSpace(value), number}
}

func (p *parser) section(number, indent int, content string) {
	name, _, ok := strings.Cut(content[1:], "]")
	if !ok {
		p.problem(number, "a section must end with ]")
	}
	p.indented(number, indent, &p.ofSection, "sections")
	p.sections = append(p.sections, section{name: strings.TrimSpace(name), line: number, keys: map[string]entry{}})
}

// indented reports a line that is indented otherwise than the first of its sort.
func (p *parser) indented(number, indent int, as **int, what string) {
	if *as == nil {
		*as = &indent
		return
	}
	if indent != **as {
		p.problem(number, fmt.Sprintf("all %s must be indented alike, by %d characters and not by %d", what, **as, indent))
	}
}

func (p *parser) problem(number int, text string) {
	p.found = append(p.found, Problem{p.key, number, text})
}

// first returns the first word of a line.
func first(content string) string {
	word, _, _ := strings.Cut(content, " ")
	return word
}
