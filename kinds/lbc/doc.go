// Package lbc has the annotations and objects of the AWS Load Balancer
// Controller as far as decisions use them (F6).
package lbc

const (
	// ServiceTypeAnnotation on a Service says whose load balancer it gets:
	// TypeExternal is the AWS Load Balancer Controller's (F6.2).
	ServiceTypeAnnotation = "service.beta.kubernetes.io/aws-load-balancer-type"
	// ServiceTargetTypeAnnotation on a Service says what its load balancer has
	// for targets: TargetTypeIP or TargetTypeInstance (F6.2).
	ServiceTargetTypeAnnotation = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
	// IngressTargetTypeAnnotation says the same on an Ingress, and, over that,
	// on a Service behind one (F6.2).
	IngressTargetTypeAnnotation = "alb.ingress.kubernetes.io/target-type"
	// IngressActionAnnotation begins the annotations of an Ingress that name
	// backend Services in JSON.
	IngressActionAnnotation = "alb.ingress.kubernetes.io/actions."

	// TypeExternal is the controller's (F6.2).
	TypeExternal = "external"
	// TypeNLBIP is too, and has targets of type ip by itself (F6.2).
	TypeNLBIP = "nlb-ip"
	// TypeNLB is the in-tree provider's (F6.7).
	TypeNLB = "nlb"

	// TargetTypeIP has pods for targets, the only way to those on Fargate
	// (F6.1).
	TargetTypeIP = "ip"
	// TargetTypeInstance has the node ports of EC2 instances for targets, and
	// is what the controller takes where nothing is said (F6.2, F6.6).
	TargetTypeInstance = "instance"

	// ServiceClass is the spec.loadBalancerClass of its Services (F6.3).
	ServiceClass = "service.k8s.aws/nlb"
	// IngressController is the spec.controller of its IngressClasses.
	IngressController = "ingress.k8s.aws/alb"
	// IngressClassName is how the annotation of old names its class.
	IngressClassName = "alb"

	// ParamsGroup is the group of IngressClassParams (F6.4).
	ParamsGroup = "elbv2.k8s.aws"
	// ParamsVersion is their version.
	ParamsVersion = "v1beta1"
	// ParamsKind is their kind.
	ParamsKind = "IngressClassParams"
	// ParamsResource is their resource.
	ParamsResource = "ingressclassparams"

	// GatewayGroup is the group of TargetGroupConfigurations (F6.5).
	GatewayGroup = "gateway.k8s.aws"
	// GatewayVersion is their version since they are generally available.
	GatewayVersion = "v1"
	// GatewayBetaVersion is the one before.
	GatewayBetaVersion = "v1beta1"
	// TargetGroupKind is their kind.
	TargetGroupKind = "TargetGroupConfiguration"
	// TargetGroupResource is their resource.
	TargetGroupResource = "targetgroupconfigurations"
)
