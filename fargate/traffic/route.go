package traffic

import (
	"fmt"
	"slices"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds/gateway"
	"fargate-webhook/kinds/lbc"
)

// RouteTargets is how routes reach Services that have no TargetGroupConfiguration of their own.
type RouteTargets struct {
	// TargetType is what a Gateway or its class sets, "" if neither does.
	TargetType string
	// From names the TargetGroupConfiguration that sets it: `TargetGroupConfiguration "defaults"`.
	From string
	// Gateway is the name of the Gateway.
	Gateway string
}

// RouteTargets returns how a route of the Gateway API reaches its Services by each Gateway of the
// AWS Load Balancer Controller that it names, as far as these and their parameters are known (F6.5).
func (n *Namespace) RouteTargets(route *gateway.Route) []RouteTargets {
	if n.Cluster == nil {
		return nil
	}
	type named struct{ namespace, name string }
	var all []RouteTargets
	seen := map[named]bool{}
	for i := range route.Spec.ParentRefs {
		parent := &route.Spec.ParentRefs[i]
		if i == maxServices {
			break
		}
		name := named{parent.In(n.Name), parent.Name}
		if !parent.IsGateway() || seen[name] {
			continue // routes name each listener of a Gateway
		}
		seen[name] = true
		g, err := cluster.Get[*gateway.Gateway](n.Cluster, cluster.Gateways, name.namespace, name.name)
		if err != nil {
			continue
		}
		class, err := cluster.Get[*gateway.Class](n.Cluster, cluster.GatewayClasses, "", g.Spec.ClassName)
		if err != nil || class.Spec.ControllerName != lbc.ALBController && class.Spec.ControllerName != lbc.NLBController {
			continue
		}
		if targets, known := n.gatewayTargets(g, class, name.namespace); known {
			all = append(all, targets)
		}
	}
	return all
}

// gatewayTargets returns what a Gateway and its class set, the one that counts more first; false if
// something that they name isn't known.
func (n *Namespace) gatewayTargets(g *gateway.Gateway, class *gateway.Class, namespace string) (RouteTargets, bool) {
	own, _, ownKnown := n.defaultTargets(g.Spec.Infrastructure.ParametersRef, namespace)
	parameters := class.Spec.ParametersRef
	common, mode, commonKnown := n.defaultTargets(parameters, parametersNamespace(parameters))
	if !ownKnown || !commonKnown {
		return RouteTargets{}, false
	}
	first, second := common, own
	if mode == lbc.PreferGateway {
		first, second = own, common
	}
	targets := first
	if targets.TargetType == "" {
		targets = second
	}
	targets.Gateway = g.Name
	return targets, true
}

func parametersNamespace(r *gateway.ParametersRef) string {
	if r == nil {
		return ""
	}
	return r.Namespace
}

// defaultTargets returns what the parameters of a Gateway or class set, and their merging mode; false
// if they aren't known.
func (n *Namespace) defaultTargets(r *gateway.ParametersRef, namespace string) (targets RouteTargets, mode string, known bool) {
	if r == nil {
		return targets, "", true
	}
	if r.Group != lbc.GatewayGroup || r.Kind != lbc.LoadBalancerKind {
		return targets, "", false
	}
	balancer, err := cluster.Get[*lbc.LoadBalancerConfiguration](n.Cluster, cluster.LoadBalancerConfigurations, namespace, r.Name)
	if err != nil {
		return targets, "", false
	}
	reference := balancer.Spec.DefaultTargetGroupConfiguration
	if reference == nil {
		return targets, balancer.Spec.MergingMode, true
	}
	groups, err := cluster.Get[*lbc.TargetGroupConfiguration](n.Cluster, cluster.TargetGroupConfigurations, namespace, reference.Name)
	if err != nil || len(groups.Spec.RouteConfigurations) > 0 {
		return targets, "", false // which of its routes fits isn't looked at
	}
	if props := groups.Spec.DefaultConfiguration; props != nil && props.TargetType != nil {
		targets = RouteTargets{TargetType: *props.TargetType, From: fmt.Sprintf("%s %q", lbc.TargetGroupKind, groups.Name)}
	}
	return targets, balancer.Spec.MergingMode, true
}

// RouteBackends returns the Services of the namespace that a route leads to, each once, and those of
// them that have no TargetGroupConfiguration of their own, which would be judged itself.
func (n *Namespace) RouteBackends(route *gateway.Route) (all, plain []Backend) {
	configured := n.configuredServices()
	var names, fields []string
	for i := range route.Spec.Rules {
		for k := range route.Spec.Rules[i].BackendRefs {
			r := &route.Spec.Rules[i].BackendRefs[k]
			if r.IsService(n.Name) && !slices.Contains(names, r.Name) && len(names) < maxServices {
				names, fields = append(names, r.Name), append(fields, fmt.Sprintf("spec.rules[%d].backendRefs[%d]", i, k))
			}
		}
	}
	all = n.backends(names, fields)
	for i := range all {
		if !configured[all[i].Service] {
			plain = append(plain, all[i])
		}
	}
	return all, plain
}

// configuredServices returns the Services that TargetGroupConfigurations of the namespace name.
func (n *Namespace) configuredServices() map[string]bool {
	names := map[string]bool{}
	if n.Cluster == nil {
		return names
	}
	all, err := cluster.List[*lbc.TargetGroupConfiguration](n.Cluster, cluster.TargetGroupConfigurations, n.Name)
	if err != nil {
		return names
	}
	for _, c := range all {
		if r := c.Spec.TargetReference; r.IsService() {
			names[r.Name] = true
		}
	}
	return names
}
