package rules

import (
	"iter"
	"strings"
)

// maxHostText is the longest text in bytes that is looked at for the addresses of agents; Linux
// starts no program with one above 128 KiB (MAX_ARG_STRLEN). Longer ones are whole scripts or files.
// In these an address and a port may be anything, so that no finding is better than an untrue one.
// They aren't cut off either: the rest may say that it is an address to listen at.
const maxHostText = 16 << 10

// hostText is a text of a container that may use a variable as a host.
type hostText struct {
	// variable is the name of the variable whose value it is; "" for part of a command.
	variable, value string
}

// hostTexts returns the values of variables, the command and its arguments.
func (c container) hostTexts() iter.Seq[hostText] {
	return func(yield func(hostText) bool) {
		for i := range c.Env {
			if !yield(hostText{c.Env[i].Name, c.Env[i].Value}) {
				return
			}
		}
		for _, list := range [2][]string{c.Command, c.Args} {
			for _, value := range list {
				if !yield(hostText{value: value}) {
					return
				}
			}
		}
	}
}

// hostPorts returns the first port at which texts use each of the variables as a host: "4317" in
// http://$(HOST_IP):4317, or, in a command for a shell, http://$HOST_IP:4317. It looks at each text
// once, however many variables there are.
func hostPorts(texts iter.Seq[hostText], variables map[string]bool) map[string]string {
	ports := map[string]string{}
	for t := range texts {
		if len(t.value) > maxHostText {
			continue
		}
		checked := false
		for variable, port := range t.hosts() {
			if _, known := ports[variable]; known || !variables[variable] {
				continue
			}
			if !checked && t.listens() {
				break
			}
			checked = true
			ports[variable] = port
		}
	}
	return ports
}

func (t hostText) listens() bool { return saysListen(t.variable) || saysListen(t.value) }

// hosts returns the variables with a port after them, in order. The kubelet replaces $(NAME) only,
// and a shell $NAME and ${NAME} in its command.
func (t hostText) hosts() iter.Seq2[string, string] {
	return func(yield func(variable, port string) bool) {
		_, rest, more := strings.Cut(t.value, "$")
		for more {
			var part, variable, after string
			part, rest, more = strings.Cut(rest, "$")
			switch braced := t.variable == "" && strings.HasPrefix(part, "{"); {
			case strings.HasPrefix(part, "("):
				variable, after, _ = strings.Cut(part[1:], "):")
			case braced:
				variable, after, _ = strings.Cut(part[1:], "}:")
			case t.variable == "":
				variable, after, _ = strings.Cut(part, ":")
			}
			port := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
			if port != "" && !yield(variable, port) {
				return
			}
		}
	}
}
