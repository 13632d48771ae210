package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// HostIPAgent is about a container that reads the address of its node to reach an agent there. On
// Fargate pod and node share one address (F2.6), and no agent runs on the node (F4.15), so that it
// reaches nothing but its own pod.
var HostIPAgent = &Rule{
	ID:       "host-ip-agent",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "a container looks for an agent on its node, and Fargate nodes have none",
	What: "A variable that takes status.hostIP from valueFrom.fieldRef should not be the address of an agent: not be called so (AGENT, COLLECTOR, STATSD, JAEGER or TRACE in its " +
		"name, or OTEL_ with HOST, ENDPOINT or ADDRESS at its end), and not be a host in the value of another variable or in an argument, as in http://$(HOST_IP):4317. Pods with a second long-running container whose name or image " +
		"says agent, collector, datadog, otel or statsd, or that declares the port, are not checked: there the address leads to that container. Arguments that say where to listen are not either.",
	Why: "Agents of nodes are DaemonSets, and Fargate runs none. On Fargate status.hostIP is the address of the pod itself: connections are refused, and traces and metrics are lost without " +
		"an error in most programs.",
	Fix: "run the agent as a sidecar container and use localhost, or use the address of a Service",
	References: []string{
		GuideConsiderations,
		"Datadog documentation, “Amazon EKS on AWS Fargate”: the agent as a sidecar",
	},
	Facts: []string{"F2.6", "F4.15"},
	Check: Check{Pod: hostIPAgent},
}

var (
	// agentName is part of the names of variables for the address of an agent.
	agentName = regexp.MustCompile(`AGENT|COLLECTOR|STATSD|JAEGER|TRACE|OTEL_.*(HOST|ENDPOINT|ADDRESS)$`)
	// agentContainer is part of the name or image of a container that is an agent.
	agentContainer = regexp.MustCompile(`(^|[^a-z])(agent|collector|datadog|otel|statsd)`)
	// listens is part of an argument that says where to listen, or which address to give to others.
	listens = regexp.MustCompile(`listen|bind|advertise|(^|[^a-z])serve([^a-z]|$)|publish|node-?ip|host-?ip`)
)

func hostIPAgent(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		for i := range c.Env {
			env := &c.Env[i]
			if env.ValueFrom == nil || env.ValueFrom.FieldRef == nil || env.ValueFrom.FieldRef.FieldPath != "status.hostIP" {
				continue
			}
			port, used := c.hostPortOf(env.Name)
			if !used && !agentName.MatchString(env.Name) || p.hasAgent(c, port) {
				continue
			}
			found = Keep(found, c.violation(fmt.Sprintf("env[%d].valueFrom.fieldRef.fieldPath", i), env.Name,
				"must not look for an agent at status.hostIP: on Fargate that is the address of the pod itself, and no agent runs on the node"))
		}
	}
	return found
}

// hostPortOf returns the port at which a container uses a variable as a host: "4317" in
// http://$(HOST_IP):4317, or, in a command for a shell, http://$HOST_IP:4317. used is false if it
// doesn't.
func (c container) hostPortOf(variable string) (port string, used bool) {
	byKubelet, byShell := []string{"$(" + variable + "):"}, []string{"$" + variable + ":", "${" + variable + "}:"}
	within := func(text string, references []string) bool {
		for _, reference := range references {
			_, rest, ok := strings.Cut(text, reference)
			if !ok || listens.MatchString(strings.ToLower(text)) {
				continue
			}
			digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
			if port = rest[:digits]; digits > 0 {
				return true
			}
		}
		return false
	}
	in := func(text string) bool { return within(text, byKubelet) || within(text, byShell) }
	for i := range c.Env {
		if within(c.Env[i].Value, byKubelet) && !listens.MatchString(strings.ToLower(c.Env[i].Name)) {
			return port, true
		}
	}
	for _, list := range [2][]string{c.Command, c.Args} {
		if slices.ContainsFunc(list, in) {
			return port, true
		}
	}
	return "", false
}

// hasAgent reports a pod with another container that is an agent itself, or that listens on the
// port.
func (p *Pod) hasAgent(c container, port string) bool {
	for other := range p.containers() {
		if other.list == c.list && other.index == c.index || other.ends() {
			continue
		}
		if agentContainer.MatchString(other.Name) || agentContainer.MatchString(other.Image) || declares(other.Ports, port) {
			return true
		}
	}
	return false
}

func declares(ports []corev1.ContainerPort, port string) bool {
	for i := range ports {
		if port != "" && fmt.Sprint(ports[i].ContainerPort) == port {
			return true
		}
	}
	return false
}
