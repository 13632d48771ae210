package fargate

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"fargate-webhook/fargate/fixtures"
)

// object is a JSON object that nobody has given types.
type object = map[string]any

// FuzzRules compares the rules with a naive second reading of the JSON: which of them find anything at all.
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
		// Written anew, no key is there twice: readers differ in which they take.
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
		got := map[RuleID]bool{}
		for _, found := range subjectOf(pod).findings() {
			if slices.Contains(naivelyRead(), found.Rule) {
				got[found.Rule] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("the rules find %v, the naive reading %v in\n%s", got, want, data)
		}
	})
}

// naivelyRead are the rules that naiveRules knows.
func naivelyRead() []RuleID {
	return []RuleID{
		RuleHostNamespaces, RuleHostPort, RulePrivileged, RulePrivilegeEscalation, RuleAddedCapabilities, RuleVolumeType, RuleVolumeDevices,
	}
}

// naiveRules goes by what F4 says, key by key.
func naiveRules(spec object) map[RuleID]bool {
	found := map[RuleID]bool{}
	for _, key := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if spec[key] == true {
			found[RuleHostNamespaces] = true
		}
	}
	var containers []object
	for _, key := range []string{"containers", "initContainers", "ephemeralContainers"} {
		containers = append(containers, objectsIn(spec[key])...)
	}
	for _, container := range containers {
		for _, port := range objectsIn(container["ports"]) {
			if spec["hostNetwork"] != true && (given(port["hostPort"]) || given(port["hostIP"])) {
				found[RuleHostPort] = true
			}
		}
		if len(objectsIn(container["volumeDevices"])) > 0 {
			found[RuleVolumeDevices] = true
		}
		security, _ := container["securityContext"].(object)
		if security["privileged"] == true {
			found[RulePrivileged] = true
		}
		if security["allowPrivilegeEscalation"] == true {
			found[RulePrivilegeEscalation] = true
		}
		capabilities, _ := security["capabilities"].(object)
		added, _ := capabilities["add"].([]any)
		for _, capability := range added {
			const allowed = " AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT "
			text, _ := capability.(string)
			if text == "" || strings.Contains(text, " ") || !strings.Contains(allowed, " "+text+" ") {
				found[RuleAddedCapabilities] = true
			}
		}
	}
	for _, volume := range objectsIn(spec["volumes"]) {
		for key, value := range volume {
			switch key {
			case "name", "emptyDir", "secret", "configMap", "projected", "downwardAPI", "nfs", "persistentVolumeClaim":
			default:
				if value != nil && isVolumeType(key) {
					found[RuleVolumeType] = true
				}
			}
		}
	}
	return found
}

// isVolumeType tells types from keys that mean nothing to this version of the API.
func isVolumeType(key string) bool {
	data, err := json.Marshal(object{key: object{}})
	if err != nil {
		return false
	}
	var v corev1.VolumeSource
	return kjson.Unmarshal(data, &v) == nil && v != (corev1.VolumeSource{})
}

// oneSourceEach: the API takes no volume with two sources, and which of them is the type then is nobody's question.
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

// objectsIn is the objects of a list; null in it is an empty object, as for the API.
func objectsIn(list any) []object {
	items, _ := list.([]any)
	objects := make([]object, 0, len(items))
	for _, item := range items {
		o, _ := item.(object)
		objects = append(objects, o)
	}
	return objects
}

func given(value any) bool { return value != nil && value != "" && value != float64(0) }
