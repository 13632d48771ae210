package fargate

import corev1 "k8s.io/api/core/v1"

// service judges a Service by the pods that it means.
func (j judge) service(service *corev1.Service) Decision {
	place, _ := j.meaningOf(service)
	rule := ruleNodePort()
	return Decision{Judged: true, Placement: place, Findings: j.settings.acted(&rule, nodePort(service, place))}
}
