package review

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"fargate-webhook/review/report"
)

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

func checkColor(value string) error {
	switch value {
	case colorAuto, colorAlways, colorNever:
		return nil
	}
	return fmt.Errorf("--color %q: must be auto, always or never", value)
}

// terminalOptions returns what is known of standard output. Colors are for a terminal, unless
// NO_COLOR is set or the terminal has none; files have none.
func terminalOptions(stdout io.Writer, color string) report.Options {
	o := report.Options{Color: color == colorAlways}
	file, isFile := stdout.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return o
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		o.Width = width
	}
	if color == colorAuto {
		o.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return o
}
