package fargate

// RulePodLevelResources is about a pod with resources of its own
// (spec.resources). What Fargate makes of them is documented nowhere (F3.8).
const RulePodLevelResources RuleID = "pod-level-resources"

func rulePodLevelResources() Rule {
	return Rule{
		ID:      RulePodLevelResources,
		Default: ActionWarn,
		Title:   "the pod states resources for all of its containers together",
		What:    "CPU or memory in spec.resources of the pod.",
		Why: "Amazon EKS documents sizes by the containers' requests only, so the pod may get another size than its own requests say. " +
			"The containers are left as they are, since the API server holds them within the pod's.",
		Sources: []string{
			"Amazon EKS user guide, “Understand Fargate Pod configuration details”",
			"Kubernetes documentation, “Assign Pod-level CPU and memory resources”",
		},
		Remedy: "state requests and limits in the containers, and leave out spec.resources",
		pod:    podLevelResources,
	}
}

func podLevelResources(s *subject) []Finding {
	if !hasPodLevelResources(s.spec) {
		return nil
	}
	return []Finding{{
		Field:   "spec.resources",
		Message: "the pod has resources of its own, and Fargate is known to size pods by their containers' requests only",
	}}
}
