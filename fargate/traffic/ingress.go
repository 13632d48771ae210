package traffic

import (
	"encoding/json"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/kinds/lbc"
)

// useAnnotation is the port name of a backend whose name is that of an action in an annotation.
const useAnnotation = "use-annotation"

// IngressBackends returns the Services that an Ingress leads to, each once.
func (n *Namespace) IngressBackends(ingress *networkingv1.Ingress) []Backend {
	c := collector{ingress: ingress, known: map[string]bool{}}
	c.add(ingress.Spec.DefaultBackend, func() string { return "spec.defaultBackend" })
	for i := range ingress.Spec.Rules {
		if http := ingress.Spec.Rules[i].HTTP; http != nil {
			for k := range http.Paths {
				c.add(&http.Paths[k].Backend, func() string { return fmt.Sprintf("spec.rules[%d].http.paths[%d].backend", i, k) })
			}
		}
	}
	return n.backends(c.names, c.fields)
}

// collector collects the Services that an Ingress leads to, each once.
type collector struct {
	ingress *networkingv1.Ingress
	known   map[string]bool
	// names and fields are those of the Services, and where they are named.
	names, fields []string
}

// add adds a backend, or those of the action that it names. Backends that are no Services, such as
// buckets, are left out.
func (c *collector) add(backend *networkingv1.IngressBackend, field func() string) {
	if backend == nil || backend.Service == nil {
		return
	}
	name := backend.Service.Name
	if backend.Service.Port.Name != useAnnotation {
		c.addService(name, func() string { return field() + ".service.name" })
		return
	}
	key := lbc.IngressActionAnnotation + name
	if c.known[key] {
		return // many paths may name one action: it is read once
	}
	c.known[key] = true
	for _, service := range actionServices(c.ingress.Annotations[key]) {
		c.addService(service, func() string { return fmt.Sprintf("metadata.annotations[%s]", key) })
	}
}

func (c *collector) addService(name string, field func() string) {
	// No Service's name has a slash, as the key of an annotation does.
	if !c.known[name] {
		c.known[name] = true
		c.names, c.fields = append(c.names, name), append(c.fields, field())
	}
}

// actionText is the part of an action in an annotation that forwards to Services.
type actionText struct {
	Type          string `json:"type"`
	ForwardConfig *struct {
		TargetGroups []struct {
			ServiceName *string `json:"serviceName"`
		} `json:"targetGroups"`
	} `json:"forwardConfig"`
}

// actionServices returns the Services that an action forwards to. Keys match in any case, as they
// do in the controller. An action that can't be read is the controller's to report.
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
