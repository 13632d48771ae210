package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/cluster"
)

// TestWorkloadEvents: what the pods of a Deployment are warned of is an event on the Deployment, once,
// whoever creates them and however many there are; a dry run writes none.
func TestWorkloadEvents(t *testing.T) {
	c, _ := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--workload-events"), nil)
	const (
		template = `{metadata: {labels: {app: noted, run: on-fargate}}, spec: {hostUsers: false, containers: [{name: web, image: web}]}}`
		set      = `{apiVersion: apps/v1, kind: %s, metadata: {name: %s, labels: {app: noted}%s}, spec: {replicas: 0, selector: {matchLabels: {app: noted}}, template: ` + template + `}}`
	)
	create := func(text string, args ...string) string {
		t.Helper()
		return mustKubectl(t, c, text, append([]string{"-n", "apps", "create", "-f", "-", "-o", "jsonpath={.metadata.uid}"}, args...)...)
	}
	owner := func(kind, name, uid string) string {
		return fmt.Sprintf(`, ownerReferences: [{apiVersion: apps/v1, kind: %s, name: %s, uid: %s, controller: true}]`, kind, name, uid)
	}
	deployment := create(fmt.Sprintf(set, "Deployment", "noted", ""))
	replicas := create(fmt.Sprintf(set, "ReplicaSet", "noted-1", owner("Deployment", "noted", deployment)))
	pod := func(name string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: noted, run: on-fargate}%s}, spec: {hostUsers: false, containers: [{name: web, image: web}]}}`,
			name, owner("ReplicaSet", "noted-1", replicas))
	}
	create(pod("noted-0"), "--dry-run=server")
	for i := range 3 {
		create(pod(fmt.Sprintf("noted-%d", i)))
	}
	var events []corev1.Event
	err := cluster.Await(t.Context(), 20*time.Second, "there is an event", func(ctx context.Context) error {
		got, err := c.Kubectl(ctx, "", "-n", "apps", "get", "events", "-o", "json", "--field-selector=reason=WarnedAboutFargate")
		if err != nil {
			return err
		}
		var list corev1.EventList
		if err := json.Unmarshal([]byte(got.Stdout), &list); err != nil {
			return err
		}
		if events = list.Items; len(events) == 0 {
			return errors.New("none")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := events[0]; len(events) != 1 || e.InvolvedObject.Kind != "Deployment" || string(e.InvolvedObject.UID) != deployment || !strings.Contains(e.Message, "host-users: ") {
		t.Errorf("%+v", events)
	}
	if described := mustKubectl(t, c, "", "-n", "apps", "describe", "deployment", "noted"); !strings.Contains(described, "WarnedAboutFargate") {
		t.Errorf("kubectl describe: %s", described)
	}
}
