// Package evil has objects that cost whoever reads or judges them more than they should, or might:
// by their size, their depth, their numbers. Tests send them to the webhook, by themselves and
// through the API server.
package evil

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/kinds"
)

// Object is an evil object, as JSON without apiVersion and kind.
type Object struct {
	Name string
	Kind *kinds.Kind
	JSON string
}

// Objects returns all evil objects: pod specs for pods and, in turn, for one of the kinds with a
// template; metadata for pods and, in turn, for each other kind; and what only some kinds have.
// Unless everything is asked for, each spec and metadata is for one of them only.
func Objects(everything bool) []Object {
	var all []Object
	templates := []*kinds.Kind{kinds.Deployments, kinds.StatefulSets, kinds.CronJobs, kinds.DaemonSets, kinds.Jobs, kinds.ReplicaSets, kinds.ReplicationControllers}
	byName := specs()
	for i, name := range slices.Sorted(maps.Keys(byName)) {
		if everything || i%3 > 0 {
			all = append(all, Object{name, kinds.Pods, WithSpec(kinds.Pods, byName[name])})
		}
		if template := templates[i%len(templates)]; everything || i%3 == 0 {
			all = append(all, Object{name, template, WithSpec(template, byName[name])})
		}
	}
	byName = metadata()
	for i, name := range slices.Sorted(maps.Keys(byName)) {
		if everything || i%3 > 0 {
			all = append(all, Object{name, kinds.Pods, byName[name]})
		}
		if everything || i%3 == 0 {
			all = append(all, Object{name, kinds.Table[1+i%(len(kinds.Table)-1)], byName[name]})
		}
	}
	return slices.Concat(all, services(), ingresses(), statefulSets())
}

// Many returns elements of a JSON list or object: %d in the text is the number of each.
func Many(n int, element string) string {
	parts := strings.Split(element, "%d")
	out := make([]byte, 0, n*(len(element)+8))
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		for at, part := range parts {
			if at > 0 {
				out = strconv.AppendInt(out, int64(i), 10)
			}
			out = append(out, part...)
		}
	}
	return string(out)
}

// WithSpec returns an object of a kind with a pod spec, else valid to the API server.
func WithSpec(kind *kinds.Kind, spec string) string {
	if kind == kinds.Jobs || kind == kinds.CronJobs {
		spec = strings.Replace(spec, "{", `{"restartPolicy":"Never",`, 1)
	}
	const name = `"metadata":{"name":"web"}`
	template := `"template":{"metadata":{"labels":{"app":"web"}},"spec":` + spec + `}`
	switch kind {
	case kinds.Pods:
		return `{` + name + `,"spec":` + spec + `}`
	case kinds.Jobs:
		return `{` + name + `,"spec":{` + template + `}}`
	case kinds.CronJobs:
		return `{` + name + `,"spec":{"schedule":"@daily","jobTemplate":{"spec":{` + template + `}}}}`
	case kinds.ReplicationControllers:
		return `{` + name + `,"spec":{"selector":{"app":"web"},` + template + `}}`
	default:
		return `{` + name + `,"spec":{"selector":{"matchLabels":{"app":"web"}},` + template + `}}`
	}
}
