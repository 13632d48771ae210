package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"fargate-webhook/review"
)

// lines is text that is wrapped to a terminal.
type lines struct {
	strings.Builder
	options Options
}

// leastSource is how many characters of a source are kept, however narrow the terminal.
const leastSource = 12

func (l *lines) shortened(source string, used int) string {
	room := max(l.options.Width-used, leastSource)
	if runes := []rune(source); l.options.Width > 0 && len(runes) > room {
		return "…" + string(runes[len(runes)-room+1:])
	}
	return source
}

// line writes an indented line of details, wrapped to the terminal.
func (l *lines) line(indent int, format string, args ...any) {
	text, width := plain(fmt.Sprintf(format, args...)), l.options.Width-indent
	begin := strings.Repeat(" ", indent)
	for l.options.Width > 0 && width > 20 && utf8.RuneCountInString(text) > width {
		runes := []rune(text)
		cut := strings.LastIndexByte(string(runes[:width+1]), ' ')
		if cut <= 0 {
			break
		}
		l.WriteString(begin + text[:cut] + "\n")
		if text = text[cut+1:]; len(begin) == indent {
			begin, width = begin+"  ", width-2
		}
	}
	l.WriteString(begin + text + "\n")
}

// The colors of ANSI terminals.
const (
	red    = "31"
	yellow = "33"
	green  = "32"
	blue   = "34"
)

func (l *lines) colored(text, color string) string {
	if !l.options.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func resultColor(i *review.Item) string {
	switch {
	case i.Denied():
		return red
	case i.Result == review.ResultWarn:
		return yellow
	case i.Result == review.ResultChange:
		return blue
	case i.Result == review.ResultPass:
		return green
	}
	return ""
}
