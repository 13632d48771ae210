package fargate

import (
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/lbc"
)

// classAnnotation named an Ingress's class before there was a field for it.
const classAnnotation = "kubernetes.io/ingress.class"

// ingressClass is what the class of an Ingress says.
type ingressClass struct {
	// name is empty for none.
	name string
	// balanced is true for a class of the AWS Load Balancer Controller.
	balanced bool
	// certain is false when the class, or what it has for parameters, isn't
	// known.
	certain bool
	// params names its IngressClassParams, and targetType is what those say:
	// both are empty for none.
	params, targetType string
}

// classOf tells an Ingress's class. The annotation goes before the field, and
// a class that it names has no parameters; without either the default class
// counts. Other classes than the controller's may be named anything.
func (j judge) classOf(ingress *networkingv1.Ingress) ingressClass {
	if name, ok := ingress.Annotations[classAnnotation]; ok {
		return ingressClass{name: name, balanced: name == lbc.IngressClassName, certain: true}
	}
	name := ""
	if ingress.Spec.IngressClassName != nil {
		name = *ingress.Spec.IngressClassName
	}
	class, ok := j.lookUpClass(name)
	if !ok {
		// It may come later than its Ingresses, with the controller.
		return ingressClass{name: name, balanced: name == lbc.IngressClassName}
	}
	c := ingressClass{name: class.Name, balanced: class.Spec.Controller == lbc.IngressController, certain: true}
	if c.balanced && class.Spec.Parameters != nil {
		j.readParams(class.Spec.Parameters, &c)
	}
	return c
}

func (j judge) lookUpClass(name string) (*networkingv1.IngressClass, bool) {
	if j.request.Cluster == nil {
		return nil, false
	}
	class, err := j.request.Cluster.IngressClass(name)
	return class, err == nil
}

// readParams adds what a class's parameters say of targets, which holds
// whatever is annotated (F6.4). The controller serves no class whose
// parameters it doesn't find, or finds to be of another kind.
func (j judge) readParams(ref *networkingv1.IngressClassParametersReference, c *ingressClass) {
	c.params, c.certain = ref.Name, false
	if ref.APIGroup == nil || *ref.APIGroup != lbc.ParamsGroup || ref.Kind != lbc.ParamsKind {
		return
	}
	if params, err := j.request.Cluster.IngressClassParams(ref.Name); err == nil {
		c.targetType, c.certain = params.Spec.TargetType, true
	}
}
