package traffic

import (
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds/lbc"
)

// classAnnotation named the class of an Ingress before there was a field for it.
const classAnnotation = "kubernetes.io/ingress.class"

// IngressClass is what the class of an Ingress says.
type IngressClass struct {
	// Name is empty for none.
	Name string
	// OfController is true for a class of the AWS Load Balancer Controller.
	OfController bool
	// Certain is false when the class, or its parameters, aren't known.
	Certain bool
	// Params names its IngressClassParams, and TargetType is the target type that they set: both
	// are empty for none.
	Params, TargetType string
}

// ClassOf returns the class of an Ingress. The annotation overrides the field, and a class that it
// names has no parameters. Without either the default class counts.
func (n *Namespace) ClassOf(ingress *networkingv1.Ingress) IngressClass {
	if name, ok := ingress.Annotations[classAnnotation]; ok {
		return IngressClass{Name: name, OfController: name == lbc.IngressClassName, Certain: true}
	}
	name := ""
	if ingress.Spec.IngressClassName != nil {
		name = *ingress.Spec.IngressClassName
	}
	class, ok := n.lookUpClass(name)
	if !ok {
		// It may be created after its Ingresses, with the controller.
		return IngressClass{Name: name, OfController: name == lbc.IngressClassName}
	}
	c := IngressClass{Name: class.Name, OfController: class.Spec.Controller == lbc.IngressController, Certain: true}
	if c.OfController && class.Spec.Parameters != nil {
		n.readParams(class.Spec.Parameters, &c)
	}
	return c
}

func (n *Namespace) lookUpClass(name string) (*networkingv1.IngressClass, bool) {
	if n.Cluster == nil {
		return nil, false
	}
	class, err := cluster.Get[*networkingv1.IngressClass](n.Cluster, cluster.IngressClasses, "", name)
	return class, err == nil
}

// readParams adds the target type of a class's parameters, which overrides annotations (F6.4). The
// controller serves no class whose parameters don't exist, or are of another kind.
func (n *Namespace) readParams(ref *networkingv1.IngressClassParametersReference, c *IngressClass) {
	c.Params, c.Certain = ref.Name, false
	if ref.APIGroup == nil || *ref.APIGroup != lbc.ParamsGroup || ref.Kind != lbc.ParamsKind {
		return
	}
	if params, err := cluster.Get[*lbc.IngressClassParams](n.Cluster, cluster.IngressClassParams, "", ref.Name); err == nil {
		c.TargetType, c.Certain = params.Spec.TargetType, true
	}
}
