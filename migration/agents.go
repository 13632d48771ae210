package migration

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// agentSidecar is about agents that every pod on Fargate carries, as there are no DaemonSets there
// (F2.9).
var agentSidecar = &Note{
	Rule: rules.Rule{
		ID: "agent-sidecar", Default: policy.Warn, Severity: rules.Low,
		Title: "a sidecar does what a DaemonSet can do for all pods of a node",
		What: "Beside other containers the pod has one of a log or monitoring agent, by the name of its image (" + strings.Join(agents, ", ") + "), or it asks Datadog " +
			"for one by the label agent.datadoghq.com/sidecar: fargate. A workload that is such an agent, by its name or labels, is left alone.",
		Why:        "Fargate runs no DaemonSets, so each pod needs an agent of its own, and pays for it. On a node one agent serves all pods.",
		Fix:        "install the agent as a DaemonSet and remove the sidecar, unless it does something for this pod alone",
		References: []string{"https://github.com/aws/containers-roadmap/issues/971", "https://docs.datadoghq.com/integrations/eks_fargate"},
		Facts:      []string{"F2.9", "F4.15", "F5.5"},
	},
	find: func(s *Subject, _ Target) []place {
		p := s.pod()
		if p == nil || !s.OnFargate {
			return nil
		}
		return agentsIn(p, &s.Meta.ObjectMeta)
	},
}

// agents are the names of images of agents that their makers also run as a DaemonSet.
var agents = []string{
	"aws-for-fluent-bit", "cloudwatch-agent", "datadog-agent", "elastic-agent", "filebeat", "fluent-bit", "fluentd", "promtail", "vector", "xray-daemon",
}

// datadogSidecar is the label by which a pod asks Datadog's webhook for an agent of its own.
const datadogSidecar = "agent.datadoghq.com/sidecar"

func agentsIn(p *pod, owner *metav1.ObjectMeta) []place {
	var found []place
	if p.meta.Labels[datadogSidecar] == "fargate" {
		found = append(found, place{
			field:   p.at("metadata.labels[" + datadogSidecar + "]"),
			problem: fmt.Sprintf("the label %s: fargate adds an agent to the pod, which a DaemonSet does for all pods of a node", datadogSidecar),
		})
	}
	if len(p.spec.Containers)+len(p.spec.InitContainers) < 2 {
		return found
	}
	for field, c := range p.containers() {
		agent := agentOf(c)
		if agent == "" || !keepsRunning(p, c) || isAgent(agent, p.meta) || isAgent(agent, owner) {
			continue
		}
		found = append(found, place{field: field + ".image", container: c.Name, problem: "(" + agent + ") does what a DaemonSet can do for all pods of a node"})
	}
	return found
}

// keepsRunning reports a container that runs beside others: a regular one or a native sidecar.
func keepsRunning(p *pod, c *corev1.Container) bool {
	isInit := slices.ContainsFunc(p.spec.InitContainers, func(i corev1.Container) bool { return i.Name == c.Name })
	return !isInit || c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// agentOf returns the agent that a container runs, "" for another program. Datadog's image is
// datadog/agent.
func agentOf(c *corev1.Container) string {
	image, _, _ := strings.Cut(c.Image, "@")
	name := path.Base(image)
	name, _, _ = strings.Cut(name, ":")
	if parent := path.Base(path.Dir(image)); name == "agent" && parent == "datadog" {
		return "datadog-agent"
	}
	if slices.Contains(agents, name) {
		return name
	}
	return ""
}

// isAgent reports whether an object is the agent itself: its name or the value of a label contains
// the agent's.
func isAgent(agent string, meta *metav1.ObjectMeta) bool {
	if strings.Contains(meta.Name, agent) || strings.Contains(meta.GenerateName, agent) {
		return true
	}
	for _, value := range meta.Labels {
		if strings.Contains(value, agent) {
			return true
		}
	}
	return false
}

// logRouter is about the one ConfigMap by which EKS ships the logs of pods on Fargate (F10.1).
var logRouter = &Note{
	Rule: rules.Rule{
		ID: "fargate-logging", Default: policy.Warn, Severity: rules.Medium,
		Title:      "the log router of Fargate doesn't read the logs of nodes",
		What:       "The ConfigMap aws-observability/aws-logging configures the log router that EKS runs beside pods on Fargate.",
		Why:        "It sees the pods on Fargate only. Nothing ships the logs of pods on nodes until something else does.",
		Fix:        "before pods move, install Fluent Bit as a DaemonSet, such as by the add-on amazon-cloudwatch-observability, with the same outputs; remove the ConfigMap when the last pod has left Fargate",
		References: []string{"Amazon EKS user guide, “Start AWS Fargate logging for your cluster”"},
		Facts:      []string{"F10.1"},
	},
	find: func(s *Subject, target Target) []place {
		if !s.is("v1", "ConfigMap") || s.Meta.Namespace != "aws-observability" || s.Meta.Name != "aws-logging" {
			return nil
		}
		return []place{{field: "data", problem: fmt.Sprintf("this ConfigMap ships the logs of pods on Fargate only: those of pods on %s need an agent there", target.nodes())}}
	},
}

// is reports an object of a kind. apiVersion may be a group with a slash at its end, for any version.
func (s *Subject) is(apiVersion, kind string) bool {
	of := s.Meta.APIVersion
	return s.Meta.Kind == kind && (of == apiVersion || strings.HasSuffix(apiVersion, "/") && strings.HasPrefix(of, apiVersion))
}
