package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
)

const (
	targetType = "alb.ingress.kubernetes.io/target-type"
	// extensionsDeadline is several times as long as it takes the webhook to ask what the API
	// server serves.
	extensionsDeadline = time.Minute
)

// trafficManifest is a manifest of testdata/traffic for a Service. The class is an Ingress's.
func trafficManifest(t *testing.T, file, name, service, class string) string {
	t.Helper()
	return strings.NewReplacer("NAME", name, "SERVICE", service, "CLASS", class).Replace(manifest(t, "traffic/"+file))
}

// saying has an Ingress say what it has for targets.
func saying(ingress, said string) string {
	return strings.Replace(ingress, "annotations: {", "annotations: {"+targetType+": "+said+", ", 1)
}

// awaitTold waits until a dry run of a manifest is answered with a text, on standard output or
// standard error: the caches follow the API server.
func awaitTold(t *testing.T, c *cluster.Cluster, namespace, text, want string) {
	t.Helper()
	err := cluster.Await(t.Context(), extensionsDeadline, fmt.Sprintf("kubectl shows %q", want), func(ctx context.Context) error {
		result, err := c.Kubectl(ctx, text, "-n", namespace, "create", "--dry-run=server", "-o", "yaml", "-f", "-")
		if all := result.Stdout + result.Stderr; err == nil && !strings.Contains(all, want) {
			err = errors.New(all)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// value reads a field of an object by a JSON path.
func value(t *testing.T, c *cluster.Cluster, namespace, object, path string) string {
	t.Helper()
	return mustKubectl(t, c, "", "-n", namespace, "get", object, "-o", "jsonpath="+path)
}

// TestLoadBalancerController: what its Ingresses and target groups lead to, before and after its
// kinds are installed. Others have a cluster without them.
func TestLoadBalancerController(t *testing.T) {
	c, _ := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	namespace := newNamespace(t, c, "fargate-", nil)
	apply(t, c, namespace, manifest(t, "traffic/services.yaml"))
	deleteInTheEnd(t, c, "traffic/classes.yaml")
	apply(t, c, namespace, manifest(t, "traffic/classes.yaml"))
	awaitTold(t, c, namespace, saying(trafficManifest(t, "ingress.yaml", "known", "web", "alb"), "instance"), "- ingress-target: ")

	t.Run("a Service without the controller", func(t *testing.T) {
		mustWarn(t, kubectl(t, c, serviceText("balanced", "", ", type: LoadBalancer"), "apply", "-n", namespace, "-f", "-"),
			"load-balancer-target: no AWS Load Balancer Controller is installed")
		if got := getService(t, c, namespace, "balanced").Annotations; got[balancerType] != "" || got[balancerTarget] != "" {
			t.Errorf("it got %v", got)
		}
		// It selects pods by the label for Fargate: none would get that beside it.
		mustKubectl(t, c, "", "-n", namespace, "delete", "service", "balanced")
		awaitTold(t, c, namespace, saying(trafficManifest(t, "ingress.yaml", "known", "web", "alb"), "instance"), "- ingress-target: ")
	})
	t.Run("Ingresses", func(t *testing.T) { checkIngresses(t, c, namespace) })
	t.Run("updates", func(t *testing.T) { checkIngressUpdates(t, c, namespace) })

	deleteInTheEnd(t, c, "traffic/crds.yaml")
	apply(t, c, namespace, manifest(t, "traffic/crds.yaml"))
	mustKubectl(t, c, manifest(t, "traffic/crds.yaml"), "wait", "--for=condition=Established", "--timeout=60s", "-f", "-")
	apply(t, c, namespace, manifest(t, "traffic/params.yaml"))
	t.Run("IngressClassParams", func(t *testing.T) { checkParams(t, c, namespace) })
	t.Run("target groups", func(t *testing.T) { checkTargetGroups(t, c, namespace) })
}

// deleteInTheEnd deletes what a manifest has, which is of the whole cluster, when the test ends.
func deleteInTheEnd(t *testing.T, c *cluster.Cluster, file string) {
	t.Helper()
	text := manifest(t, file)
	t.Cleanup(func() {
		result, err := c.Kubectl(context.WithoutCancel(t.Context()), text, "delete", "--ignore-not-found", "-f", "-")
		if err != nil || result.Code != 0 {
			t.Errorf("delete what %s has: %v\n%s", file, err, result.Stderr)
		}
	})
}

func checkIngresses(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	for name, want := range map[string]struct{ service, class, said string }{
		"to-fargate":   {"web", "alb", "ip"},
		"to-ec2":       {"legacy", "alb", ""},
		"by-auto-mode": {"web", "auto-mode", ""},
		"to-be":        {"later", "alb", "ip"}, // an Ingress may come before its Service
	} {
		apply(t, c, namespace, trafficManifest(t, "ingress.yaml", name, want.service, want.class))
		if got := value(t, c, namespace, "ingress/"+name, `{.metadata.annotations.alb\.ingress\.kubernetes\.io/target-type}`); got != want.said {
			t.Errorf("%s: target type %q, want %q", name, got, want.said)
		}
	}
	for _, args := range [][]string{{"apply", "-f", "-"}, {"apply", "--server-side", "-f", "-"}, {"create", "-f", "-"}} {
		result := kubectl(t, c, saying(trafficManifest(t, "ingress.yaml", "refused", "web", "alb"), "instance"), append(args, "-n", namespace)...)
		mustRefuse(t, result, `admission webhook "ingresses.validate.fargate-webhook" denied the request`,
			`ingress-target: the target type of this Ingress of class "alb" must be ip, not instance: a pod with the labels that Service "web" selects would run on Fargate (profile each-test)`,
			"add the annotation "+targetType+": ip to the Ingress", optOut)
	}
	for name, text := range map[string]string{
		"ip":           trafficManifest(t, "ingress.yaml", "ip", "web", "alb"),
		"instance-ec2": trafficManifest(t, "ingress.yaml", "instance-ec2", "legacy", "alb"),
	} {
		said, _, _ := strings.Cut(name, "-")
		apply(t, c, namespace, saying(text, said))
	}
	warned := kubectl(t, c, saying(trafficManifest(t, "ingress.yaml", "unknown", "later", "alb"), "instance"), "apply", "-n", namespace, "-f", "-")
	if warned.Code != 0 || !strings.Contains(warned.Stderr, `Warning: ingress-target:`) || !strings.Contains(warned.Stderr, `Service "later" is not known and may select pods that run on Fargate`) {
		t.Errorf("a Service that isn't there: exit code %d\n%s", warned.Code, warned.Stderr)
	}
}

func checkIngressUpdates(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	text := trafficManifest(t, "ingress.yaml", "updated", "web", "alb")
	apply(t, c, namespace, text)
	annotate := []string{"-n", namespace, "annotate", "--overwrite", "ingress", "updated"}
	mustRefuse(t, kubectl(t, c, "", append(annotate, targetType+"=instance")...), "ingress-target:")
	mustKubectl(t, c, "", append(annotate, "edited=true")...)
	// What isn't in the manifest stays when that is applied again.
	apply(t, c, namespace, text)
	if got := value(t, c, namespace, "ingress/updated", `{.metadata.annotations.alb\.ingress\.kubernetes\.io/target-type}`); got != "ip" {
		t.Errorf("applied again: target type %q", got)
	}
	replaced := kubectl(t, c, text, "replace", "-n", namespace, "-f", "-")
	if got := value(t, c, namespace, "ingress/updated", `{.metadata.annotations.alb\.ingress\.kubernetes\.io/target-type}`); got != "ip" || replaced.Code != 0 {
		t.Errorf("replaced: target type %q, %+v", got, replaced)
	}
	taken := kubectl(t, c, "", append(annotate, targetType+"-", "fargate-webhook/added=")...)
	if taken.Code != 0 || !strings.Contains(taken.Stderr, "no target type is set for this Ingress of class") {
		t.Errorf("taken away: exit code %d\n%s", taken.Code, taken.Stderr)
	}
	mustKubectl(t, c, "", append(annotate, "eks.amazonaws.com/compute-type=ec2", targetType+"=instance")...)
}

// checkParams: IngressClassParams decide, whatever is annotated (F6.4).
func checkParams(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	byInstance := trafficManifest(t, "ingress.yaml", "by-instance", "web", "by-instance")
	awaitTold(t, c, namespace, saying(byInstance, "ip"), `set spec.targetType: ip in IngressClassParams "by-instance"`)
	mustRefuse(t, kubectl(t, c, byInstance, "apply", "-n", namespace, "-f", "-"), `IngressClassParams "by-instance" set target type instance for this Ingress`)
	byIP := trafficManifest(t, "ingress.yaml", "by-ip", "web", "by-ip")
	apply(t, c, namespace, byIP)
	if got := value(t, c, namespace, "ingress/by-ip", `{.metadata.annotations.alb\.ingress\.kubernetes\.io/target-type}`); got != "" {
		t.Errorf("params say ip: target type %q is added", got)
	}
	apply(t, c, namespace, saying(byIP, "instance"))
}

func checkTargetGroups(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	silent := trafficManifest(t, "target-groups.yaml", "silent", "web", "")
	instance := strings.NewReplacer("protocol: HTTP", "targetType: instance", "silent", "by-instance").Replace(silent)
	awaitTold(t, c, namespace, instance, "- gateway-target: ")
	mustRefuse(t, kubectl(t, c, instance, "apply", "-n", namespace, "-f", "-"), `admission webhook "targetgroupconfigurations.validate.fargate-webhook" denied the request`,
		`targetType must be ip, not instance: a pod with the labels that Service "web" selects would run on Fargate (profile each-test)`, "Fix: set targetType: ip", optOut)
	mustRefuse(t, kubectl(t, c, strings.Replace(instance, "aws/v1", "aws/v1beta1", 1), "apply", "-n", namespace, "-f", "-"), "gateway-target:")

	awaitTold(t, c, namespace, silent, "targetType: ip")
	for name, text := range map[string]string{
		"silent":       silent,
		"no-default":   strings.NewReplacer("  defaultConfiguration: {protocol: HTTP}", "", "silent", "no-default").Replace(silent),
		"beta-version": strings.NewReplacer("aws/v1", "aws/v1beta1", "silent", "beta-version").Replace(silent),
	} {
		apply(t, c, namespace, text)
		if got := value(t, c, namespace, "targetgroupconfiguration/"+name, "{.spec.defaultConfiguration.targetType}"); got != "ip" {
			t.Errorf("%s: target type %q", name, got)
		}
		mustKubectl(t, c, text, "replace", "-n", namespace, "-f", "-")
		if got := value(t, c, namespace, "targetgroupconfiguration/"+name, "{.spec.defaultConfiguration.targetType}"); got != "ip" {
			t.Errorf("%s, replaced: target type %q", name, got)
		}
	}
	apply(t, c, namespace, strings.NewReplacer("by-instance", "to-ec2", "name: web", "name: legacy").Replace(instance))
	mustRefuse(t, kubectl(t, c, "", "-n", namespace, "patch", "targetgroupconfiguration", "silent", "--type=merge", "-p",
		`{"spec":{"routeConfigurations":[{"routeIdentifier":{"kind":"HTTPRoute"},"targetGroupProps":{"targetType":"instance"}}]}}`),
		"spec.routeConfigurations[0].targetGroupProps.targetType must be ip")
}
