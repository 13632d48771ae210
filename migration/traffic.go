package migration

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// ipTargets is about IP targets, the only ones that reach pods on Fargate (F6.1).
var ipTargets = &Note{
	Rule: rules.Rule{
		ID: "ip-targets", Default: policy.Warn, Severity: rules.Low,
		Title:      "IP targets are no longer the only choice",
		What:       "A Service or Ingress asks for target type ip, and leads to pods on Fargate.",
		Why:        "Load balancers reach pods on Fargate by IP targets only. On nodes both types work. IP targets remain right: traffic takes no detour over another node, and each costs a health check of its pod.",
		Fix:        "keep the annotation; to change it on an existing object replaces targets or load balancer",
		References: []string{"https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/"},
		Facts:      []string{"F6.1", "F6.2", "F11.8"},
	},
	find: func(s *Subject, target Target) []place {
		key := ipTargetKey(s)
		if key == "" || !s.OnFargate {
			return nil
		}
		if target == AutoMode {
			return []place{{
				field: annotation(key), problem: "IP targets are the default of EKS Auto Mode, which needs no annotation for them",
				fix: "leave it out of new Services and Ingresses of Auto Mode; keep it where the AWS Load Balancer Controller provides the load balancer",
			}}
		}
		return []place{{field: annotation(key), problem: "EC2 nodes are reached by targets of type instance as well as ip"}}
	},
}

// ipTargetKey returns the annotation by which an object asks for IP targets, "" if it doesn't.
func ipTargetKey(s *Subject) string {
	switch o := s.Object.(type) {
	case *corev1.Service:
		b, ok := traffic.LoadBalancerOf(o)
		switch {
		case ok && b.TargetType == lbc.TargetTypeIP:
			return lbc.ServiceTargetTypeAnnotation
		case ok && b.Type == lbc.TypeNLBIP:
			return lbc.ServiceTypeAnnotation
		}
	case *networkingv1.Ingress:
		if o.Annotations[lbc.IngressTargetTypeAnnotation] == lbc.TargetTypeIP {
			return lbc.IngressTargetTypeAnnotation
		}
	}
	return ""
}

const (
	autoServiceClass      = "eks.amazonaws.com/nlb"
	autoIngressController = "eks.amazonaws.com/alb"
	autoGroup             = "eks.amazonaws.com/v1"
)

// otherController is about load balancers that EKS Auto Mode doesn't take over (F11.8).
var otherController = &Note{
	Only: AutoMode,
	Rule: rules.Rule{
		ID: "load-balancer-controller", Default: policy.Warn, Severity: rules.Medium,
		Title: "the load balancer is the AWS Load Balancer Controller's, not EKS Auto Mode's",
		What: "A Service with load balancer class service.k8s.aws/nlb or the annotation aws-load-balancer-type, an IngressClass with controller ingress.k8s.aws/alb, an Ingress with the annotation " +
			"kubernetes.io/ingress.class: alb, or a TargetGroupBinding or IngressClassParams of elbv2.k8s.aws.",
		Why:        "EKS Auto Mode has load balancing built in, under other names, and takes over no load balancer that exists. It doesn't read these: they go on working as long as the controller runs.",
		Fix:        "keep the AWS Load Balancer Controller, or create a second object for Auto Mode beside this one, shift traffic by DNS, and remove this one",
		References: []string{"Amazon EKS user guide, “Enable EKS Auto Mode on existing EKS clusters”, migration reference"},
		Facts:      []string{"F6.3", "F6.11", "F11.8"},
	},
	find: func(s *Subject, _ Target) []place {
		field, has, wants := controllerField(s)
		if field == "" || !s.OnFargate {
			return nil
		}
		return []place{{field: field, problem: fmt.Sprintf("%s belongs to the AWS Load Balancer Controller; EKS Auto Mode reads %s", has, wants)}}
	},
}

// controllerField returns where an object names the AWS Load Balancer Controller, how, and what EKS
// Auto Mode wants there; "" where it doesn't.
func controllerField(s *Subject) (field, has, wants string) {
	switch o := s.Object.(type) {
	case *corev1.Service:
		b, ok := traffic.LoadBalancerOf(o)
		switch {
		case ok && b.Class == lbc.ServiceClass:
			return "spec.loadBalancerClass", fmt.Sprintf("load balancer class %q", lbc.ServiceClass), autoServiceClass
		case ok && b.OfController():
			return annotation(lbc.ServiceTypeAnnotation), fmt.Sprintf("%s: %q", lbc.ServiceTypeAnnotation, b.Type), "spec.loadBalancerClass: " + autoServiceClass
		}
		return "", "", ""
	case *networkingv1.IngressClass:
		if o.Spec.Controller == lbc.IngressController {
			return "spec.controller", fmt.Sprintf("controller %q", lbc.IngressController), autoIngressController
		}
		return "", "", ""
	case *networkingv1.Ingress:
		if o.Annotations[ingressClassAnnotation] == lbc.IngressClassName {
			return annotation(ingressClassAnnotation), ingressClassAnnotation + ": alb", "spec.ingressClassName, a class with controller " + autoIngressController
		}
		return "", "", ""
	}
	if of := lbc.ParamsGroup + "/"; s.is(of, "TargetGroupBinding") || s.is(of, lbc.ParamsKind) {
		return "apiVersion", s.Meta.Kind + " of " + s.Meta.APIVersion, "those of " + autoGroup
	}
	return "", "", ""
}

const ingressClassAnnotation = "kubernetes.io/ingress.class"

// ingressAnnotations is about annotations of Ingresses that EKS Auto Mode doesn't read (F11.8).
var ingressAnnotations = &Note{
	Only: AutoMode,
	Rule: rules.Rule{
		ID: "ingress-annotations", Default: policy.Warn, Severity: rules.Medium,
		Title:      "EKS Auto Mode ignores some annotations of Ingresses",
		What:       "An Ingress has one of the annotations alb.ingress.kubernetes.io/" + strings.Join(ignoredByAuto, ", ") + ".",
		Why:        "EKS Auto Mode has no such setting on an Ingress: groups are set in IngressClassParams, and AWS WAF Classic and AWS Shield Advanced not at all. The load balancer would come without them.",
		Fix:        "before an Ingress of Auto Mode replaces this one, set the group in IngressClassParams (spec.group.name), and use alb.ingress.kubernetes.io/wafv2-acl-arn for AWS WAF",
		References: []string{"Amazon EKS user guide, “Create an IngressClass to configure an Application Load Balancer”"},
		Facts:      []string{"F11.8"},
	},
	find: func(s *Subject, _ Target) []place {
		ingress, ok := s.Object.(*networkingv1.Ingress)
		if !ok || !s.OnFargate {
			return nil
		}
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(ingress.Annotations)) {
			if name, ok := strings.CutPrefix(key, "alb.ingress.kubernetes.io/"); ok && slices.Contains(ignoredByAuto, name) {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			return nil
		}
		return []place{{field: annotation(keys[0]), problem: "EKS Auto Mode ignores the annotations " + strings.Join(keys, ", ")}}
	},
}

// ignoredByAuto are the annotations of the AWS Load Balancer Controller that EKS Auto Mode doesn't
// support (F11.8).
var ignoredByAuto = []string{"group.name", "shield-advanced-protection", "waf-acl-id", "web-acl-id"}
