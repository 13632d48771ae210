package migration

// notes are all notes, in the order of reports: what keeps pods from running first, then what
// changes, then what is no longer needed.
var notes = []*Note{
	nodeSelection, scheduler, securityGroups, fileSystem, blockStorage,
	profileLabel, nothingRequested, spreadApplies, priorityApplies, storageApplies, jobDisruption, blockingBudget,
	policyApplies, logRouter, otherController, ingressAnnotations,
	filledSize, agentSidecar, toleration, annotations, roleOfAccount, ipTargets,
}
