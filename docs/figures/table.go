package main

import (
	"bytes"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
)

const (
	tableBegin = "<!-- made from examples/resources by `make docs`: begin -->\n"
	tableEnd   = "<!-- end -->\n"
)

// notesBegin is where the notes about migrations begin in docs/migration.md.
const notesBegin = "<!-- made from the notes in migration/ by `make docs`: begin -->\n"

// auditBegin is where the fields of the audit log begin in docs/audit.md.
const auditBegin = "<!-- made from the fields in webhook/audit by `make docs`: begin -->\n"

// withTable replaces the generated table of a page, which is between tableBegin and tableEnd.
func withTable(page []byte, table string) ([]byte, error) { return between(page, tableBegin, table) }

// between replaces the generated part of a page, which is between a line and tableEnd.
func between(page []byte, tableBegin, table string) ([]byte, error) {
	before, rest, begun := bytes.Cut(page, []byte(tableBegin))
	_, after, ended := bytes.Cut(rest, []byte(tableEnd))
	if !begun || !ended {
		return nil, fmt.Errorf("no markers for the generated table: add the lines %q and %q", tableBegin, tableEnd)
	}
	return []byte(string(before) + tableBegin + table + tableEnd + string(after)), nil
}

// table returns the Markdown table of the examples.
func table(examples []example) string {
	var b strings.Builder
	b.WriteString("| | the pod | its containers state | and become | requested | handed out | size | unused |\n|---|---|---|---|---|---|---|---|\n")
	for i := range examples {
		e := &examples[i]
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %s |\n", i+1, e.title,
			perContainer(e.before, stated), perContainer(e.after, stated),
			both(e.usage.Requested), both(e.usage.HandedOut), e.size, both(e.usage.Unused))
	}
	return b.String()
}

func both(a sizing.Amount) string { return a.CPU() + ", " + a.Memory() }

// perContainer returns a line for each container, init containers first, with the resources
// formatted by format.
func perContainer(pod *corev1.Pod, format func(*corev1.ResourceRequirements) string) string {
	var lines []string
	for _, list := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			lines = append(lines, "`"+list[i].Name+"` "+format(&list[i].Resources))
		}
	}
	return strings.Join(lines, "<br>")
}

// stated formats the requests and limits of a container as the manifest states them.
func stated(r *corev1.ResourceRequirements) string {
	requests, limits := quantities(r.Requests), quantities(r.Limits)
	switch {
	case requests == "" && limits == "":
		return "nothing"
	case limits == "":
		return requests
	case requests == "":
		return "limits " + limits
	case requests == limits:
		return requests + ", limits equal"
	}
	return requests + ", limits " + limits
}

func quantities(list corev1.ResourceList) string {
	var texts []string
	for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if q, ok := list[name]; ok {
			texts = append(texts, q.String())
		}
	}
	return strings.Join(texts, ", ")
}
