// Package lbc has the annotations and objects of the AWS Load Balancer Controller that decisions
// use (F6).
package lbc

const (
	// ServiceTypeAnnotation on a Service says which controller provides its load balancer: with
	// TypeExternal it is the AWS Load Balancer Controller (F6.2).
	ServiceTypeAnnotation = "service.beta.kubernetes.io/aws-load-balancer-type"
	// ServiceTargetTypeAnnotation on a Service is the target type of its load balancer:
	// TargetTypeIP or TargetTypeInstance (F6.2).
	ServiceTargetTypeAnnotation = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
	// ServiceSchemeAnnotation on a Service says who reaches its load balancer: everybody with
	// SchemeInternetFacing, else only the VPC (F6.12).
	ServiceSchemeAnnotation = "service.beta.kubernetes.io/aws-load-balancer-scheme"
	// ServiceInternalAnnotation is its older form.
	ServiceInternalAnnotation = "service.beta.kubernetes.io/aws-load-balancer-internal"
	// SchemeInternetFacing makes a load balancer reachable from the internet.
	SchemeInternetFacing = "internet-facing"
	// IngressTargetTypeAnnotation is the target type of an Ingress. On a Service behind an Ingress
	// it overrides that of the Ingress (F6.2).
	IngressTargetTypeAnnotation = "alb.ingress.kubernetes.io/target-type"
	// IngressActionAnnotation is the prefix of the annotations of an Ingress that name backend
	// Services in JSON.
	IngressActionAnnotation = "alb.ingress.kubernetes.io/actions."

	// TypeExternal assigns a Service to the controller (F6.2).
	TypeExternal = "external"
	// TypeNLBIP does so too, and implies target type ip (F6.2).
	TypeNLBIP = "nlb-ip"
	// TypeNLB assigns a Service to the in-tree cloud provider (F6.7).
	TypeNLB = "nlb"

	// TargetTypeIP makes pods the targets. Pods on Fargate are reachable with it only (F6.1).
	TargetTypeIP = "ip"
	// TargetTypeInstance makes node ports of EC2 instances the targets. It is the controller's
	// default (F6.2, F6.6).
	TargetTypeInstance = "instance"

	// ServiceClass is the spec.loadBalancerClass of its Services (F6.3).
	ServiceClass = "service.k8s.aws/nlb"
	// IngressController is the spec.controller of its IngressClasses.
	IngressController = "ingress.k8s.aws/alb"
	// IngressClassName is the value of the annotation kubernetes.io/ingress.class for its
	// Ingresses.
	IngressClassName = "alb"

	// ParamsGroup is the API group of IngressClassParams (F6.4).
	ParamsGroup = "elbv2.k8s.aws"
	// ParamsVersion is their version.
	ParamsVersion = "v1beta1"
	// ParamsKind is their kind.
	ParamsKind = "IngressClassParams"
	// ParamsResource is their resource.
	ParamsResource = "ingressclassparams"

	// GatewayGroup is the API group of TargetGroupConfigurations (F6.5).
	GatewayGroup = "gateway.k8s.aws"
	// GatewayVersion is their version since general availability.
	GatewayVersion = "v1"
	// GatewayBetaVersion is the version before that.
	GatewayBetaVersion = "v1beta1"
	// TargetGroupKind is their kind.
	TargetGroupKind = "TargetGroupConfiguration"
	// TargetGroupResource is their resource.
	TargetGroupResource = "targetgroupconfigurations"
)
