package kinds

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"

	"fargate-webhook/kinds/gateway"
	"fargate-webhook/kinds/sgp"
	"fargate-webhook/kinds/vpccni"
)

// ReviewOnly holds the kinds that only a review judges: admission isn't called for them (decision
// 100).
var ReviewOnly = slices.Concat(
	[]*Kind{NetworkPolicies, ApplicationNetworkPolicies, ClusterNetworkPolicies, PodDisruptionBudgets, SecurityGroupPolicies}, Routes,
)

// Reviewed holds all kinds that a review judges.
var Reviewed = slices.Concat(Table, ReviewOnly)

var (
	// NetworkPolicies aren't enforced on Fargate.
	NetworkPolicies = &Kind{
		Group: "networking.k8s.io", Versions: []string{"v1"}, Kind: "NetworkPolicy", Resource: "networkpolicies",
		Headline: "This NetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf("NetworkPolicy"), slot: slotOf[networkingv1.NetworkPolicy](),
	}
	// ApplicationNetworkPolicies and ClusterNetworkPolicies aren't either.
	ApplicationNetworkPolicies = &Kind{
		Group: vpccni.Group, Versions: []string{vpccni.Version}, Kind: vpccni.ApplicationKind, Resource: "applicationnetworkpolicies",
		Headline: "This ApplicationNetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf(vpccni.ApplicationKind), Optional: true,
		slot: slotOf[vpccni.ApplicationNetworkPolicy](),
	}
	// ClusterNetworkPolicies are for pods of many namespaces, and belong to none.
	ClusterNetworkPolicies = &Kind{
		Group: vpccni.Group, Versions: []string{vpccni.Version}, Kind: vpccni.ClusterKind, Resource: "clusternetworkpolicies",
		Headline: "This ClusterNetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf(vpccni.ClusterKind), Optional: true, ClusterScoped: true,
		slot: slotOf[vpccni.ClusterNetworkPolicy](),
	}
	// PodDisruptionBudgets are honored when EKS patches Fargate nodes.
	PodDisruptionBudgets = &Kind{
		Group: "policy", Versions: []string{"v1"}, Kind: "PodDisruptionBudget", Resource: "poddisruptionbudgets",
		Headline: "This PodDisruptionBudget has EKS delete pods on Fargate", OptOut: optOutSelf("PodDisruptionBudget"), slot: slotOf[policyv1.PodDisruptionBudget](),
	}
	// SecurityGroupPolicies replace the security group of pods on Fargate.
	SecurityGroupPolicies = &Kind{
		Group: sgp.Group, Versions: []string{sgp.Version}, Kind: sgp.Kind, Resource: sgp.Resource,
		Headline: "This SecurityGroupPolicy may cut off pods on Fargate", OptOut: optOutSelf(sgp.Kind), Optional: true, slot: slotOf[sgp.SecurityGroupPolicy](),
	}
)

// Routes of the Gateway API lead to Services.
var Routes = []*Kind{
	route("HTTPRoute", "httproutes", "v1", "v1beta1"),
	route("GRPCRoute", "grpcroutes", "v1", "v1alpha2"),
	route("TCPRoute", "tcproutes", "v1", "v1alpha2"),
	route("TLSRoute", "tlsroutes", "v1", "v1alpha3", "v1alpha2"),
	route("UDPRoute", "udproutes", "v1", "v1alpha2"),
}

func route(kind, resource string, versions ...string) *Kind {
	return &Kind{
		Group: gateway.Group, Versions: versions, Kind: kind, Resource: resource,
		Headline: "This " + kind + " can't reach pods on Fargate", OptOut: optOutSelf(kind), Optional: true, slot: slotOf[gateway.Route](),
	}
}
