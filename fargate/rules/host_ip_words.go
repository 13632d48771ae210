package rules

import (
	"slices"
	"strings"
)

// What follows looks for words without regular expressions, which take a hundred times as long: a
// request holds megabytes of names and texts.

// namesAgent reports the name of a variable for the address of an agent.
func namesAgent(variable string) bool {
	if containsAny(variable, "AGENT", "COLLECTOR", "STATSD", "JAEGER", "TRACE") {
		return true
	}
	_, setting, ok := strings.Cut(variable, "OTEL_")
	return ok && slices.ContainsFunc([]string{"HOST", "ENDPOINT", "ADDRESS"}, func(end string) bool { return strings.HasSuffix(setting, end) })
}

// saysAgent reports the name or image of a container that is an agent: one of the words begins it,
// or follows anything but a lower-case letter, unlike in "useragent".
func saysAgent(text string) bool {
	return slices.ContainsFunc([]string{"agent", "collector", "datadog", "otel", "statsd"}, func(word string) bool {
		return hasWord(text, word, false)
	})
}

// saysListen reports a text that says where to listen, or which address to give to others.
func saysListen(text string) bool {
	text = strings.ToLower(text)
	return containsAny(text, "listen", "bind", "advertise", "publish", "nodeip", "node-ip", "hostip", "host-ip") ||
		hasWord(text, "serve", true) // "server" says where others listen
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// hasWord reports a word in a text that no lower-case letter precedes; if it is to be whole, none
// follows it either.
func hasWord(text, word string, whole bool) bool {
	isLetter := func(at int) bool { return at >= 0 && at < len(text) && 'a' <= text[at] && text[at] <= 'z' }
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at, from = from+at, from+at+len(word)
		if !isLetter(at-1) && (!whole || !isLetter(from)) {
			return true
		}
	}
}
