package fargate

import (
	"fmt"

	"fargate-webhook/fargate/lbc"
)

// RuleIngressTarget is about an Ingress of the AWS Load Balancer Controller that
// leads to pods on Fargate by the node ports of instances. Load balancers reach
// those by targets of type ip only (F6.1), and the controller takes instances
// where nothing is said (F6.2), leaving Fargate nodes out (F6.6). Its
// IngressClassParams may decide instead (F6.4), and a Service's annotation goes
// before its Ingress's.
const RuleIngressTarget RuleID = "ingress-target"

const (
	targetTypeField = "metadata.annotations[" + lbc.IngressTargetTypeAnnotation + "]"
	sourceInstances = "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1613"
)

func ruleIngressTarget() Rule {
	return Rule{
		ID:      RuleIngressTarget,
		Default: ActionDeny,
		Title:   "an Ingress leads to pods on Fargate by instance targets",
		What: "The target type of an Ingress whose class is one of the AWS Load Balancer Controller: what the IngressClassParams of its class say; " +
			"else, for each Service behind it, the Service's annotation " + lbc.IngressTargetTypeAnnotation + "; else that of the Ingress. It must be ip " +
			"where a Service's selector, taken as the labels of a pod in its namespace, means pods that a Fargate profile takes. An Ingress that " +
			"says nothing gets the annotation when it is created, and only a warning later. A Service or a class that isn't known, and a selector " +
			"that means pods on Fargate only together with other labels, are warned about at most.",
		Why: "A target of type instance is a node port of an EC2 instance. A Fargate node is the machine of one pod and answers on no node " +
			"port, so the controller leaves Fargate nodes out, and the load balancer has no targets. It reaches pods on Fargate by their own " +
			"addresses, which are targets of type ip.",
		Sources: []string{guideConsiderations, sourceInstances},
		Remedy:  "annotate the Ingress with " + lbc.IngressTargetTypeAnnotation + ": " + lbc.TargetTypeIP,
	}
}

// balancedIngress is an Ingress of the controller as the rule sees it.
type balancedIngress struct {
	class   ingressClass
	targets []target
	// said is what its annotation has for target type, if it says anything.
	said string
	says bool
	// completed is true when admission sets what it doesn't say.
	completed bool
}

// lacksTargetType reports whether instances would be taken for some target that
// means pods on Fargate, since nothing is said.
func (b *balancedIngress) lacksTargetType() bool {
	if b.says || b.class.targetType != "" {
		return false
	}
	for i := range b.targets {
		if t := &b.targets[i]; t.meaning == meansFargate && !t.says {
			return true
		}
	}
	return false
}

// findings tell each place where instances are asked for once.
func (b *balancedIngress) findings() []Finding {
	var byClass, byIngress, byNobody targetsTold
	var all []Finding
	for i := range b.targets {
		t := &b.targets[i]
		switch {
		case t.meaning == meansOthers || b.class.targetType == lbc.TargetTypeIP:
		case b.class.targetType != "":
			byClass = append(byClass, t)
		case t.says:
			if t.said == lbc.TargetTypeInstance {
				all = append(all, b.ofService(t))
			}
		case b.says:
			byIngress = append(byIngress, t)
		case t.surely():
			byNobody = append(byNobody, t)
		}
	}
	if len(byClass) > 0 && b.class.targetType == lbc.TargetTypeInstance {
		all = append(all, b.ofClass(byClass))
	}
	if len(byIngress) > 0 && b.said == lbc.TargetTypeInstance {
		all = append(all, Finding{
			Field: targetTypeField, mild: byIngress.mild() || !b.class.certain,
			Message: fmt.Sprintf("%s takes instances for targets, and %s: those are reached by targets of type ip only", b, byIngress),
		})
	}
	if len(byNobody) > 0 && !b.completed && b.class.certain {
		all = append(all, Finding{
			Field: targetTypeField, mild: true,
			Message: fmt.Sprintf("%s takes instances for targets, as it says nothing else, and %s", b, byNobody),
		})
	}
	return all
}

// String is how messages begin: `this Ingress of class "alb"`.
func (b *balancedIngress) String() string {
	text := fmt.Sprintf("this Ingress of class %q", b.class.name)
	if !b.class.certain {
		text += ", as far as the class is known,"
	}
	return text
}

func (b *balancedIngress) ofClass(targets targetsTold) Finding {
	return Finding{
		Field: "spec.ingressClassName", mild: targets.mild(),
		Message: fmt.Sprintf("%s takes instances for targets, as IngressClassParams %q say, and %s: those are reached by targets of type ip only",
			b, b.class.params, targets),
		Remedy: fmt.Sprintf("set spec.targetType: ip in IngressClassParams %q, or use another IngressClass: an annotation doesn't change it", b.class.params),
	}
}

func (b *balancedIngress) ofService(t *target) Finding {
	return Finding{
		Field: t.field, subject: t.service, mild: !t.surely() || !b.class.certain,
		Message: fmt.Sprintf("%s takes instances for targets of Service %q, as that is annotated, and %s: those are reached by targets of type ip only",
			b, t.service, t),
		Remedy: fmt.Sprintf("annotate Service %q with %s: ip: its annotation goes before that of the Ingress", t.service, lbc.IngressTargetTypeAnnotation),
	}
}
