package prefilter

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// of has the rules that are about pods on Fargate: a rule about these that isn't there is one that
// any pod may violate.
var of = map[policy.RuleID]may{
	rules.HostNamespaces.ID:      {ofPod: {`has(object.spec.hostNetwork)`, `has(object.spec.hostPID)`, `has(object.spec.hostIPC)`}},
	rules.HostPort.ID:            {ofPort: {`has(p.hostPort)`, `has(p.hostIP)`}},
	rules.Privileged.ID:          {ofContainerSecurity: {has(`c.securityContext.privileged`, `c.securityContext.privileged`)}},
	rules.PrivilegeEscalation.ID: {ofContainerSecurity: {has(`c.securityContext.allowPrivilegeEscalation`, `c.securityContext.allowPrivilegeEscalation`)}},
	rules.AddedCapabilities.ID: {ofContainerSecurity: {
		has(`c.securityContext.capabilities`, some(`c.securityContext.capabilities.add`, "a", "!(a in "+list(rules.GrantedCapabilities()...)+")", mostEach)),
	}},
	rules.VolumeType.ID:       {ofVolume: {"!(" + each(" || ", "has(v.%s)", rules.MountedVolumeTypes()...) + ")"}},
	rules.VolumeDevices.ID:    {ofContainer: {`has(c.volumeDevices)`}},
	rules.PersistentVolume.ID: {ofVolume: {`has(v.persistentVolumeClaim)`}}, // its claim has to be looked up
	rules.NodeSelection.ID: {
		ofPod: {
			`has(object.spec.nodeSelector) && !(object.spec.nodeSelector in ` + usualSelectors + `)`, has(`object.spec.os`, `object.spec.os.name != "linux"`),
			has(`object.spec.schedulerName`, `!(object.spec.schedulerName in `+list(corev1.DefaultSchedulerName, placement.Scheduler)+`)`),
		},
		ofAffinity: {has(`object.spec.affinity.nodeAffinity`, `has(object.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution)`)},
	},
	rules.PodSize.ID: {
		ofPod:       {`has(object.spec.overhead)`, `has(object.spec.resources)`},
		ofResources: {above(corev1.ResourceCPU, mostCPU), above(corev1.ResourceMemory, mostMemory)},
	},
	rules.EphemeralStorage.ID: {ofPod: {`has(object.spec.overhead)`}, ofResources: {storageAbove}},
	rules.ExtendedResource.ID: {
		ofPod:       {`has(object.spec.resourceClaims)`, `has(object.spec.resources)`},
		ofContainer: {`has(c.resources.claims)`},
		ofResources: {others("requests"), others("limits")},
	},
	rules.UnsafeSysctl.ID: {ofSecurity: {some(`object.spec.securityContext.sysctls`, "s", "!(s.name in "+list(rules.SafeSysctls()...)+")", mostEach)}},
	rules.MisplacedOptOut.ID: {
		ofAnnotations: {key("object.metadata.annotations", placement.ComputeTypeKey), key("object.metadata.annotations", placement.ProfileLabel)},
		ofPod: {
			has("object.metadata.labels", key("object.metadata.labels", placement.ComputeTypeKey)),
			has("object.spec.nodeSelector", "("+anyOf(key("object.spec.nodeSelector", placement.ComputeTypeKey), key("object.spec.nodeSelector", placement.ProfileLabel))+")"),
		},
	},
	rules.LabelJoins.ID:     {}, // what a profile takes as it stands lacks no label
	rules.LimitAboveSize.ID: {ofPod: {`has(object.spec.resources)`, limitAbove}, ofAnnotations: {limitsCut}},
	rules.Resize.ID:         {}, // a new pod isn't resized
	rules.KubeletPort.ID:    {ofPort: {fmt.Sprintf(`p.containerPort == %d`, placement.KubeletPort)}},
	rules.TopologySpread.ID: {ofPod: {some("object.spec.topologySpreadConstraints", "t", beyondHosts("t"), mostEach)}},
	rules.PodAffinity.ID: {ofAffinity: {
		`has(object.spec.affinity.podAffinity)`,
		has("object.spec.affinity.podAntiAffinity", "("+anyOf(
			some("object.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution", "t", beyondHosts("t"), mostEach),
			some("object.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution", "t", beyondHosts("t.podAffinityTerm"), mostEach))+")"),
	}},
	rules.RuntimeClass.ID:      {ofPod: {`has(object.spec.runtimeClassName)`}},
	rules.PodLevelResources.ID: {ofPod: {`has(object.spec.resources)`}},
	rules.ResourcesAnnotation.ID: {ofAnnotations: {fmt.Sprintf(`%[1]q in object.metadata.annotations && !(object.metadata.annotations[%[1]q] in %[2]s)`, sizing.ResourcesAnnotation,
		list(string(policy.ResourcesFit), string(policy.ResourcesGuaranteed), string(policy.ResourcesLimits), string(policy.ResourcesOff)))}},
	rules.PodIdentity.ID: {
		ofEnv: {fmt.Sprintf(`e.name == %q`, rules.CredentialsURI)},
		ofVolume: {`has(v.projected) && v.projected.sources != null && ` +
			some("v.projected.sources", "s", fmt.Sprintf(`has(s.serviceAccountToken) && has(s.serviceAccountToken.audience) && s.serviceAccountToken.audience == %q`, rules.PodIdentityAudience), mostEach)},
	},
	rules.LocalhostProfile.ID: {
		ofSecurity:          localhost("object.spec.securityContext"),
		ofContainerSecurity: localhost("c.securityContext"),
		ofContainer:         {fmt.Sprintf(`has(object.metadata.annotations) && (%q + c.name) in object.metadata.annotations`, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix)},
	},
	rules.HostUsers.ID:     {ofPod: {`has(object.spec.hostUsers) && !object.spec.hostUsers`}},
	rules.HostIPAgent.ID:   {ofEnv: {`has(e.valueFrom) && has(e.valueFrom.fieldRef) && e.valueFrom.fieldRef.fieldPath == "status.hostIP"`}},
	rules.PriorityClass.ID: {ofPod: {`has(object.spec.priorityClassName) && !object.spec.priorityClassName.startsWith("system-")`}},
	rules.ScratchSpace.ID:  {ofPod: {`has(object.spec.resources)`}, ofVolume: {scratchSpace}},
	rules.FinishedPods.ID: {ofPod: {`has(object.spec.restartPolicy) && object.spec.restartPolicy != "Always" && !(has(object.metadata.ownerReferences) && size(object.metadata.ownerReferences) == 1 && ` +
		`object.metadata.ownerReferences.all(o, has(o.controller) && o.controller && !(o.kind in ` + list(rules.Keepers()...) + `)))`}},
	rules.StorageClassUnknown.ID: {}, // reviews only
}

// usualSelectors are node selectors that every Fargate node meets (F5.1).
const usualSelectors = `[{"kubernetes.io/os": "linux"}, {"kubernetes.io/arch": "amd64"}, {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}]`

// beyondHosts is true for a term over more than host names.
func beyondHosts(term string) string {
	return fmt.Sprintf(`%s.topologyKey != %q`, term, corev1.LabelHostname)
}

// localhost is true where a security context has a profile of type Localhost.
func localhost(context string) []string {
	return []string{
		has(context+".seccompProfile", context+`.seccompProfile.type == "Localhost"`),
		has(context+".appArmorProfile", context+`.appArmorProfile.type == "Localhost"`),
	}
}
