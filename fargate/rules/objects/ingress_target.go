package objects

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// IngressTarget is about an Ingress of the AWS Load Balancer Controller that leads to pods on
// Fargate by the node ports of instances. Load balancers reach those pods by targets of type ip
// only (F6.1), and the controller uses instances where nothing is set (F6.2), leaving Fargate nodes
// out (F6.6). The IngressClassParams of its class override both annotations (F6.4), and the
// Service's annotation overrides that of the Ingress.
var IngressTarget = &rules.Rule{
	ID:       "ingress-target",
	Default:  policy.Deny,
	Severity: rules.High,
	Title:    "an Ingress leads to pods on Fargate by instance targets",
	What: "The target type of an Ingress of the AWS Load Balancer Controller: that of the IngressClassParams of its class; else, for each Service behind it, the " +
		"Service's annotation " + lbc.IngressTargetTypeAnnotation + "; else that of the Ingress. It must be ip where a Service's pods run on Fargate (rule node-port says how " +
		"that is known). An Ingress that sets none gets the annotation when it is created, and only a warning later. A Service or class that isn't known, and pods of which " +
		"it isn't certain, are warned about at most.",
	Why: "A target of type instance is a node port of an EC2 instance. A Fargate node is the machine of one pod and serves no node ports, so the controller leaves " +
		"Fargate nodes out, and the load balancer has no targets. It reaches pods on Fargate by their own addresses, which are targets of type ip.",
	Fix:        "add the annotation " + lbc.IngressTargetTypeAnnotation + ": " + lbc.TargetTypeIP + " to the Ingress" + orOptOut + "Service, or to the Ingress",
	References: []string{rules.GuideConsiderations, noInstanceTargets},
	Facts:      []string{"F6.1", "F6.2", "F6.4", "F6.6"},
	Check:      rules.About(ingressTarget),
}

// ingressTarget reports each place that sets instances once.
func ingressTarget(i *Ingress) []rules.Violation {
	var byClass, byIngress, byDefault traffic.Backends
	var found []rules.Violation
	completes := i.Completed && i.LacksTargetType()
	for k := range i.Backends {
		b := &i.Backends[k]
		switch {
		case b.OnFargate == traffic.Never && !b.Certain() || i.Class.TargetType == lbc.TargetTypeIP:
		case i.Class.TargetType != "":
			byClass = append(byClass, b)
		case b.HasTargetType:
			if b.TargetType == lbc.TargetTypeInstance {
				found = rules.Keep(found, i.ofService(b))
			}
		case i.HasTargetType:
			byIngress = append(byIngress, b)
		case b.Surely() && !i.Completed || b.Unknown != "" && !completes:
			byDefault = append(byDefault, b)
		}
	}
	path := rules.AnnotationField(lbc.IngressTargetTypeAnnotation)
	if len(byClass) > 0 && i.Class.TargetType == lbc.TargetTypeInstance {
		found = rules.Keep(found, i.ofClass(byClass))
	}
	if len(byIngress) > 0 && i.TargetType == lbc.TargetTypeInstance {
		found = rules.Keep(found, rules.Violation{
			Field: path, WarnOnly: !byIngress.Surely() || !i.Class.Certain,
			Problem: fmt.Sprintf("the target type of this Ingress%s must be ip, not instance: %s; %s", i.class(), byIngress, ipOnly),
		})
	}
	if len(byDefault) > 0 && i.Class.Certain {
		found = rules.Keep(found, rules.Violation{
			Field: path, WarnOnly: true,
			Problem: fmt.Sprintf("no target type is set for this Ingress%s, so the AWS Load Balancer Controller uses instance: %s; %s", i.class(), byDefault, ipOnly),
		})
	}
	return found
}

// class returns ` of class "alb"`, and says so if its settings are not known.
func (i *Ingress) class() string {
	text := fmt.Sprintf(" of class %q", i.Class.Name)
	if !i.Class.Certain {
		text += " (its settings are not known)"
	}
	return text
}

func (i *Ingress) ofClass(backends traffic.Backends) rules.Violation {
	return rules.Violation{
		Field: "spec.ingressClassName", WarnOnly: !backends.Surely(),
		Problem: fmt.Sprintf("IngressClassParams %q set target type instance for this Ingress%s: %s; %s", i.Class.Params, i.class(), backends, ipOnly),
		Fix:     fmt.Sprintf("set spec.targetType: ip in IngressClassParams %q, or use another IngressClass: an annotation doesn't override it", i.Class.Params) + orOptOut + "Service, or to the Ingress",
	}
}

func (i *Ingress) ofService(b *traffic.Backend) rules.Violation {
	return rules.Violation{
		Field: b.Field, About: b.Service, WarnOnly: !b.Surely() || !i.Class.Certain,
		Problem: fmt.Sprintf("Service %q sets target type instance for this Ingress%s: %s; %s", b.Service, i.class(), b, ipOnly),
		Fix:     fmt.Sprintf("set the annotation %s: ip on Service %q: it overrides that of the Ingress", lbc.IngressTargetTypeAnnotation, b.Service) + orOptOut + "Service",
	}
}
