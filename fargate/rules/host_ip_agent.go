package rules

import (
	"fmt"
	"strconv"

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
		"says agent, collector, datadog, otel or statsd, or that declares the port, are not checked: there the address leads to that container. Arguments that say where to listen are not either, nor are texts of more than 16 KiB.",
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

func hostIPAgent(p *Pod) []Violation {
	var found []Violation
	var known *agents
	for c := range p.containers() {
		variables := map[string]bool{}
		for i := range c.Env {
			if isHostIP(&c.Env[i]) {
				variables[c.Env[i].Name] = true
			}
		}
		if len(variables) == 0 {
			continue
		}
		if known == nil {
			known = p.agents()
		}
		ports, leadsToAgent := hostPorts(c.hostTexts(), variables), known.besides(c)
		for i := range c.Env {
			env := &c.Env[i]
			if !isHostIP(env) {
				continue
			}
			port, used := ports[env.Name]
			if !used && !namesAgent(env.Name) || leadsToAgent(port) {
				continue
			}
			found = Keep(found, c.violation(fmt.Sprintf("env[%d].valueFrom.fieldRef.fieldPath", i), env.Name,
				"must not look for an agent at status.hostIP: on Fargate that is the address of the pod itself, and no agent runs on the node"))
		}
	}
	return found
}

func isHostIP(env *corev1.EnvVar) bool {
	return env.ValueFrom != nil && env.ValueFrom.FieldRef != nil && env.ValueFrom.FieldRef.FieldPath == "status.hostIP"
}

// agents are the containers of a pod that variables may lead to. They are counted once: a pod may
// have as many containers as variables.
type agents struct {
	// named is how many containers are agents by their name or image.
	named int
	// declaring is how many containers declare a port.
	declaring map[string]int
}

func (p *Pod) agents() *agents {
	a := &agents{declaring: map[string]int{}}
	for c := range p.containers() {
		if c.ends() {
			continue
		}
		if c.isAgent() {
			a.named++
		}
		for port := range c.declared() {
			a.declaring[port]++
		}
	}
	return a
}

// besides returns a function that reports a container other than c that is an agent itself, or that
// declares a port; "" is no port.
func (a *agents) besides(c container) func(port string) bool {
	named, own := a.named, map[string]bool(nil)
	if !c.ends() { // otherwise it isn't counted
		own = c.declared()
		if c.isAgent() {
			named--
		}
	}
	return func(port string) bool {
		others := a.declaring[port]
		if own[port] {
			others--
		}
		return named+others > 0
	}
}

// isAgent reports a container that is an agent by its name or image.
func (c container) isAgent() bool { return saysAgent(c.Name) || saysAgent(c.Image) }

// declared returns the ports that a container declares.
func (c container) declared() map[string]bool {
	ports := make(map[string]bool, len(c.Ports))
	for i := range c.Ports {
		ports[strconv.Itoa(int(c.Ports[i].ContainerPort))] = true
	}
	return ports
}
