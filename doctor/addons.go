package doctor

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/shipped"
	"fargate-webhook/policy"
)

var coreDNSCheck = Check{
	ID: "coredns", Title: "CoreDNS runs",
	What: "On a cluster without other nodes, whether CoreDNS runs on Fargate: an annotation of its pod template may keep it off, and a profile must select it. " +
		"Without it no name resolves.",
	Facts: []string{"F1.13", "F1.17"}, check: checkCoreDNS,
}

func checkCoreDNS(s *State) []Result {
	if r, failed := unread(s.CoreDNS, s.Nodes); failed {
		return one(r)
	}
	dns := s.CoreDNS.Value
	switch {
	case dns == nil:
		return skip("no Deployment coredns in namespace kube-system")
	case !s.FargateOnly():
		return pass("the cluster has other nodes for it")
	}
	template := &dns.Spec.Template
	place := asItStands(dns.Namespace, &template.ObjectMeta, &template.Spec, s.Index())
	switch {
	case placement.OptedOut(&template.ObjectMeta):
		return one(Result{
			Status:  Fail,
			Message: fmt.Sprintf("the annotation %s keeps CoreDNS off Fargate, and the cluster has no other nodes", placement.OptOut),
			Fix: `remove it: kubectl -n kube-system patch deployment coredns --type=json -p '[{"op":"remove","path":"/spec/template/metadata/annotations/` +
				`eks.amazonaws.com~1compute-type"}]'; with the EKS add-on, set computeType to Fargate`,
		})
	case !place.Fargate:
		return one(Result{
			Status: Fail, Message: "no profile takes CoreDNS, and the cluster has no other nodes: " + place.Reason,
			Fix: "create a Fargate profile that selects namespace kube-system with the label k8s-app=kube-dns",
		})
	case dns.Status.AvailableReplicas == 0:
		return one(Result{
			Status: Fail, Message: fmt.Sprintf("profile %q takes CoreDNS, but none of its pods is available: those that are older than the profile stay Pending", place.Profile),
			Fix: "kubectl -n kube-system rollout restart deployment coredns; then fargate-webhook why deployment/coredns -n kube-system",
		})
	}
	return pass(fmt.Sprintf("it runs on Fargate (profile %s)", place.Profile))
}

var loadBalancerCheck = Check{
	ID: "load-balancer-controller", Title: "the AWS Load Balancer Controller runs",
	What: "Whether the AWS Load Balancer Controller has a pod, and, where that runs on Fargate, the flags for region and VPC, which it can't find out there, and ports " +
		"that the kubelet doesn't take.",
	Facts: []string{"F4.28", "F4.29"}, check: checkLoadBalancer,
}

func checkLoadBalancer(s *State) []Result {
	if r, failed := unread(s.Controllers); failed {
		return one(r)
	}
	if len(s.Controllers.Value) == 0 {
		return skip("not installed")
	}
	var results []Result
	for i := range s.Controllers.Value {
		results = append(results, s.controller(&s.Controllers.Value[i])...)
	}
	if len(results) == 0 {
		return pass("it is available")
	}
	return results
}

// controller returns what is wrong with a Deployment of the controller.
func (s *State) controller(d *appsv1.Deployment) (results []Result) {
	name := d.Namespace + "/" + d.Name
	given := args(d)
	template := &d.Spec.Template
	place := asItStands(d.Namespace, &template.ObjectMeta, &template.Spec, s.Index())
	if place.Fargate {
		for _, needed := range []string{"aws-region", "aws-vpc-id"} {
			if _, ok := flagOf(given, needed); !ok {
				results = append(results, Result{
					Status: Fail, Message: fmt.Sprintf("%s runs on Fargate without --%s: there is no instance metadata to take it from", name, needed),
					Fix: "set region and vpcId in the values of its chart",
				})
			}
		}
		for _, port := range []string{"webhook-bind-port", "metrics-bind-addr", "health-probe-bind-addr"} {
			if value, ok := flagOf(given, port); ok && strings.HasSuffix(":"+value, fmt.Sprintf(":%d", placement.KubeletPort)) {
				results = append(results, Result{
					Status: Fail, Message: fmt.Sprintf("%s listens on port %d (--%s), which is the kubelet's on Fargate", name, placement.KubeletPort, port),
					Fix: "choose another port",
				})
			}
		}
	}
	if d.Status.AvailableReplicas == 0 {
		results = append(results, Result{
			Status: Fail, Message: name + " has no available pod: no load balancer is made, and its webhooks may refuse Services and Ingresses",
			Fix: fmt.Sprintf("fargate-webhook why deployment/%s -n %s", d.Name, d.Namespace),
		})
	}
	return results
}

var daemonSetsCheck = Check{
	ID: "daemonsets", Title: "DaemonSets have a place",
	What: "DaemonSets that are meant for pods on Fargate, where EKS runs none, and those that tolerate Fargate nodes: their pods hang. Where there are no other nodes, " +
		"also those that get no pod. DaemonSets that AWS ships for EKS are left out if they keep off Fargate nodes.",
	Facts: []string{"F2.9", "F5.2", "F5.4", "F5.6"}, check: checkDaemonSets,
}

func checkDaemonSets(s *State) []Result {
	if r, failed := unread(s.DaemonSets); failed {
		return one(r)
	}
	var results []Result
	index, only := s.Index(), s.FargateOnly()
	for i := range s.DaemonSets.Value {
		set := &s.DaemonSets.Value[i]
		decision := fargate.Decide(set, fargate.Request{Operation: fargate.OperationCreate, Namespace: set.Namespace, Exempt: s.exempt(set.Namespace)}, index, s.Policy)
		if found := slices.IndexFunc(decision.Findings, aboutDaemonSets); found >= 0 {
			results = append(results, Result{
				Status:  statusOf(&decision.Findings[found]),
				Message: fmt.Sprintf("DaemonSet %s/%s: %s", set.Namespace, set.Name, decision.Findings[found].Message),
				Fix:     decision.Findings[found].Remedy,
			})
			continue
		}
		if _, known := shipped.Recognize(set); only && !known && set.Status.DesiredNumberScheduled == 0 {
			results = append(results, Result{
				Status:  Warn,
				Message: fmt.Sprintf("DaemonSet %s/%s gets no pod: the cluster has only Fargate nodes, which run none", set.Namespace, set.Name),
				Fix:     "run it as a sidecar of the pods that need it, or remove it",
			})
		}
	}
	if len(results) == 0 {
		return pass(fmt.Sprintf("none is meant for Fargate nodes (%d are there)", len(s.DaemonSets.Value)))
	}
	return results
}

func aboutDaemonSets(f rules.Finding) bool {
	return f.Rule == objects.DaemonSets.ID || f.Rule == objects.DaemonSetToleration.ID
}

// statusOf returns Fail for what the webhook refuses.
func statusOf(f *rules.Finding) Status {
	if f.Action == policy.Deny || f.WouldDeny {
		return Fail
	}
	return Warn
}

// maxLogging limits the ConfigMap aws-logging, in characters.
const maxLogging = 5300

const (
	loggingNamespace = "aws-observability"
	loggingName      = "aws-logging"
)

var loggingCheck = Check{
	ID: "logging", Title: "EKS ships the logs of pods on Fargate",
	What: "Whether the ConfigMap aws-observability/aws-logging is there, small enough, and in a namespace with the label aws-observability: enabled. Without it the logs " +
		"of pods on Fargate are only in kubectl logs, unless a sidecar ships them.",
	Facts: []string{"F10.1"}, check: checkLogging,
}

func checkLogging(s *State) []Result {
	if r, failed := unread(s.Logging); failed {
		return one(r)
	}
	if s.Logging.Value == nil {
		return skip(fmt.Sprintf("no ConfigMap %s/%s: EKS ships no logs", loggingNamespace, loggingName))
	}
	if r, failed := unread(s.Namespaces); failed {
		return one(r)
	}
	namespace := s.namespace(loggingNamespace)
	switch {
	case namespace == nil || namespace.Labels[loggingNamespace] != "enabled":
		return one(Result{
			Status:  Fail,
			Message: fmt.Sprintf("namespace %s lacks the label %s: enabled, so EKS ignores its ConfigMap %s", loggingNamespace, loggingNamespace, loggingName),
			Fix:     fmt.Sprintf("kubectl label namespace %s %s=enabled, then restart the pods: only new ones ship their logs", loggingNamespace, loggingNamespace),
		})
	case length(s.Logging.Value) > maxLogging:
		return one(Result{
			Status: Fail, Message: fmt.Sprintf("ConfigMap %s/%s has more than %d characters", loggingNamespace, loggingName, maxLogging), Fix: "shorten it",
		})
	}
	return pass(fmt.Sprintf("ConfigMap %s/%s is there, and its namespace has the label", loggingNamespace, loggingName))
}

func length(c *corev1.ConfigMap) (sum int) {
	for _, value := range c.Data {
		sum += len([]rune(value))
	}
	return sum
}
