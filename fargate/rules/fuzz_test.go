package rules

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/policy"
)

// object is a JSON object without a Go type.
type object = map[string]any

// FuzzRules compares the rules with a second, naive reading of the JSON: which of them find
// anything.
func FuzzRules(f *testing.F) {
	for _, fixture := range fixtures.All() {
		if pod, ok := fixture.Object.(*corev1.Pod); ok {
			data, err := json.Marshal(pod.Spec)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, failure := range publicFailures() {
		f.Add([]byte(failure.spec))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var naive object
		if json.Unmarshal(data, &naive) != nil {
			return
		}
		// Encoded again, no key appears twice: decoders differ in which value they take.
		data, err := json.Marshal(naive)
		if err != nil {
			t.Fatal(err)
		}
		pod := fixtures.Pod()
		pod.Spec = corev1.PodSpec{}
		if kjson.Unmarshal(data, &pod.Spec) != nil || !oneSourceEach(naive) {
			return
		}
		want := naiveRules(naive)
		got := map[policy.RuleID]bool{}
		for _, id := range ruleIDs(CheckPod(onFargate(pod), false)) {
			if slices.Contains(naivelyRead(), id) {
				got[id] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("got violations of %v, naively %v, in\n%s", got, want, data)
		}
	})
}

// naivelyRead returns the rules that naiveRules knows.
func naivelyRead() []policy.RuleID {
	return []policy.RuleID{
		HostNamespaces.ID, HostPort.ID, Privileged.ID, PrivilegeEscalation.ID, AddedCapabilities.ID, VolumeType.ID, VolumeDevices.ID,
	}
}

// naiveRules follows F4 key by key.
func naiveRules(spec object) map[policy.RuleID]bool {
	found := map[policy.RuleID]bool{}
	for _, key := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if spec[key] == true {
			found[HostNamespaces.ID] = true
		}
	}
	var containers []object
	for _, key := range []string{"containers", "initContainers", "ephemeralContainers"} {
		containers = append(containers, objectsIn(spec[key])...)
	}
	for _, container := range containers {
		for _, port := range objectsIn(container["ports"]) {
			if spec["hostNetwork"] != true && (given(port["hostPort"]) || given(port["hostIP"])) {
				found[HostPort.ID] = true
			}
		}
		if len(objectsIn(container["volumeDevices"])) > 0 {
			found[VolumeDevices.ID] = true
		}
		security, _ := container["securityContext"].(object)
		if security["privileged"] == true {
			found[Privileged.ID] = true
		}
		if security["allowPrivilegeEscalation"] == true {
			found[PrivilegeEscalation.ID] = true
		}
		capabilities, _ := security["capabilities"].(object)
		added, _ := capabilities["add"].([]any)
		for _, capability := range added {
			const allowed = " AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT "
			text, _ := capability.(string)
			if text == "" || strings.Contains(text, " ") || !strings.Contains(allowed, " "+text+" ") {
				found[AddedCapabilities.ID] = true
			}
		}
	}
	for _, volume := range objectsIn(spec["volumes"]) {
		for key, value := range volume {
			switch key {
			case "name", "emptyDir", "secret", "configMap", "projected", "downwardAPI", "nfs", "persistentVolumeClaim":
			default:
				if value != nil && isVolumeType(key) {
					found[VolumeType.ID] = true
				}
			}
		}
	}
	return found
}

// isVolumeType reports whether a key is a volume type in our copy of the API.
func isVolumeType(key string) bool {
	data, err := json.Marshal(object{key: object{}})
	if err != nil {
		return false
	}
	var v corev1.VolumeSource
	return kjson.Unmarshal(data, &v) == nil && v != (corev1.VolumeSource{})
}

// oneSourceEach reports whether no volume has two sources. The API refuses others, so it doesn't
// matter which type they have.
func oneSourceEach(spec object) bool {
	for _, volume := range objectsIn(spec["volumes"]) {
		sources := 0
		for key, value := range volume {
			if key != "name" && value != nil {
				sources++
			}
		}
		if sources > 1 {
			return false
		}
	}
	return true
}

// objectsIn returns the objects in a list. The API takes null for an empty object.
func objectsIn(list any) []object {
	items, _ := list.([]any)
	objects := make([]object, 0, len(items))
	for _, item := range items {
		o, _ := item.(object)
		objects = append(objects, o)
	}
	return objects
}

// given reports a value other than null, "" and 0.
func given(value any) bool { return value != nil && value != "" && value != float64(0) }
