package eks

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// capabilities are those that may be added, spelled like this only (F4.19).
var capabilities = [...]corev1.Capability{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
	"NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// efsDriver is the only driver of persistent volumes (F4.20).
const efsDriver = "efs.csi.aws.com"

// securityFields are F4.7 to F4.9. Each container adds its own.
func securityFields(spec *corev1.PodSpec) (found []string) {
	for _, container := range containers(spec) {
		context := container.SecurityContext
		if context == nil {
			continue
		}
		if context.Privileged != nil && *context.Privileged {
			found = append(found, "Privileged")
		}
		if context.AllowPrivilegeEscalation != nil && *context.AllowPrivilegeEscalation {
			found = append(found, "AllowPrivilegeEscalation")
		}
		if context.Capabilities == nil {
			continue
		}
		var added []string
		for _, capability := range context.Capabilities.Add {
			if !slices.Contains(capabilities[:], capability) {
				added = append(added, string(capability))
			}
		}
		if len(added) > 0 {
			found = append(found, "Capabilities added: "+strings.Join(added, ","))
		}
	}
	return found
}

// volumes are F4.10 to F4.13, and F4.20.
func volumes(spec *corev1.PodSpec, claims map[string]boundClaim) (found []string) {
	for i := range spec.Volumes {
		volume := &spec.Volumes[i]
		switch source := &volume.VolumeSource; {
		case source.PersistentVolumeClaim != nil:
			name := source.PersistentVolumeClaim.ClaimName
			if problem := claimProblem(claims[name]); problem != "" {
				found = append(found, fmt.Sprintf("%s not supported because: PVC %s %s", volume.Name, name, problem))
			}
		case source.EmptyDir != nil, source.Secret != nil, source.ConfigMap != nil, source.Projected != nil, source.DownwardAPI != nil, source.NFS != nil:
		default:
			found = append(found, volume.Name+" is of an unsupported volume Type")
		}
	}
	return found
}

// claimProblem returns what is wrong with what a claim is bound to, or "".
func claimProblem(claim boundClaim) string {
	switch {
	case claim.volume == "":
		return "not bound"
	case claim.driver == "":
		return fmt.Sprintf("bound to invalid PV %s with nil CSI spec", claim.volume)
	case claim.driver != efsDriver:
		return fmt.Sprintf("bound to invalid PV %s with CSI Driver: %s", claim.volume, claim.driver)
	default:
		return ""
	}
}
