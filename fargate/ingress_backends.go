package fargate

import (
	"encoding/json"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/lbc"
)

// useAnnotation is the name of a backend's port that makes the backend's name
// that of an action in an annotation.
const useAnnotation = "use-annotation"

// backends collects the Services that an Ingress leads to, each once.
type backends struct {
	ingress *networkingv1.Ingress
	known   map[string]bool
	// names and fields are those of the Services, and where they are named.
	names, fields []string
}

// ingressTargets are the Services that an Ingress leads to, each once.
func (j judge) ingressTargets(ingress *networkingv1.Ingress) []target {
	b := backends{ingress: ingress, known: map[string]bool{}}
	b.add(ingress.Spec.DefaultBackend, func() string { return "spec.defaultBackend" })
	for i := range ingress.Spec.Rules {
		if http := ingress.Spec.Rules[i].HTTP; http != nil {
			for k := range http.Paths {
				b.add(&http.Paths[k].Backend, func() string { return fmt.Sprintf("spec.rules[%d].http.paths[%d].backend", i, k) })
			}
		}
	}
	targets := make([]target, len(b.names))
	for i, name := range b.names {
		targets[i] = j.target(name, b.fields[i])
	}
	return targets
}

// add adds a backend, or those of the action that it names. What is no Service,
// such as a bucket, is none of ours.
func (b *backends) add(backend *networkingv1.IngressBackend, field func() string) {
	if backend == nil || backend.Service == nil {
		return
	}
	name := backend.Service.Name
	if backend.Service.Port.Name != useAnnotation {
		b.addService(name, func() string { return field() + ".service.name" })
		return
	}
	key := lbc.IngressActionAnnotation + name
	if b.known[key] {
		return // many paths may lead to one action: it is read once
	}
	b.known[key] = true
	for _, service := range actionServices(b.ingress.Annotations[key]) {
		b.addService(service, func() string { return fmt.Sprintf("metadata.annotations[%s]", key) })
	}
}

func (b *backends) addService(name string, field func() string) {
	// No Service's name has a slash, as an annotation's key does.
	if !b.known[name] {
		b.known[name] = true
		b.names, b.fields = append(b.names, name), append(b.fields, field())
	}
}

// actionText is what is used of an action in an annotation: to forward to Services.
type actionText struct {
	Type          string `json:"type"`
	ForwardConfig *struct {
		TargetGroups []struct {
			ServiceName *string `json:"serviceName"`
		} `json:"targetGroups"`
	} `json:"forwardConfig"`
}

// actionServices are the Services that an action forwards to. It is read as the
// controller does, which takes keys in any case; what can't be read is the
// controller's to tell.
func actionServices(text string) []string {
	var a actionText
	if err := json.Unmarshal([]byte(text), &a); err != nil || a.Type != "forward" || a.ForwardConfig == nil {
		return nil
	}
	var names []string
	for _, group := range a.ForwardConfig.TargetGroups {
		if group.ServiceName != nil {
			names = append(names, *group.ServiceName)
		}
	}
	return names
}
