// Package custom finds pod templates in objects of kinds that Kubernetes itself doesn't have.
package custom

// Workload is a kind of object with pod templates at known paths.
type Workload struct {
	Group, Kind string
	// Paths are where the templates stand: names of fields separated by dots, "*" for every entry
	// of a map and "[*]" after a name for every item of a list.
	Paths []string
	form  form
	// loose is true where the templates have fields that a pod template doesn't have.
	loose bool
	// opaque says why objects of the kind, which make pods, can't be judged by their templates.
	opaque string
	// container is the name that the kind's controller gives to a container without one.
	container string
}

// form is what stands at the paths of a workload.
type form int

const (
	// The zero form is a pod template if it has a spec with containers, and a pod spec if it has
	// containers itself.
	_ form = iota
	// argo is a template of an Argo Workflow, which has the fields of a pod spec except for its
	// containers.
	argo
)

// Table holds the kinds that are known to make pods, and where their pod templates are, whatever the version of their API: the
// projects' API references name the paths.
var Table = []Workload{
	{Group: "", Kind: "PodTemplate", Paths: []string{"template"}},
	{Group: "argoproj.io", Kind: "Rollout", Paths: []string{"spec.template"}},
	{Group: "argoproj.io", Kind: "Workflow", Paths: argoPaths("spec"), form: argo, loose: true},
	{Group: "argoproj.io", Kind: "WorkflowTemplate", Paths: argoPaths("spec"), form: argo, loose: true},
	{Group: "argoproj.io", Kind: "CronWorkflow", Paths: argoPaths("spec.workflowSpec"), form: argo, loose: true},
	{Group: "serving.knative.dev", Kind: "Service", Paths: []string{"spec.template"}, loose: true, container: "user-container"},
	{Group: "serving.knative.dev", Kind: "Configuration", Paths: []string{"spec.template"}, loose: true, container: "user-container"},
	{Group: "keda.sh", Kind: "ScaledJob", Paths: []string{"spec.jobTargetRef.template"}},
	{Group: "apps.kruise.io", Kind: "CloneSet", Paths: []string{"spec.template"}},
	{Group: "apps.kruise.io", Kind: "StatefulSet", Paths: []string{"spec.template"}},
	{Group: "apps.kruise.io", Kind: "AdvancedCronJob", Paths: []string{"spec.template.jobTemplate.spec.template"}},
	{Group: "apps.kruise.io", Kind: "UnitedDeployment", Paths: []string{
		"spec.template.statefulSetTemplate.spec.template", "spec.template.advancedStatefulSetTemplate.spec.template",
		"spec.template.cloneSetTemplate.spec.template", "spec.template.deploymentTemplate.spec.template",
	}},
	{Group: "apps.openshift.io", Kind: "DeploymentConfig", Paths: []string{"spec.template"}},
	{Group: "actions.github.com", Kind: "AutoscalingRunnerSet", Paths: []string{"spec.template"}},
	{Group: "actions.github.com", Kind: "EphemeralRunner", Paths: []string{"spec.template"}},
	{Group: "jobset.x-k8s.io", Kind: "JobSet", Paths: []string{"spec.replicatedJobs[*].template.spec.template"}},
	{Group: "leaderworkerset.x-k8s.io", Kind: "LeaderWorkerSet", Paths: []string{"spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"}},
	{Group: "kubeflow.org", Kind: "PyTorchJob", Paths: []string{"spec.pytorchReplicaSpecs.*.template"}},
	{Group: "kubeflow.org", Kind: "TFJob", Paths: []string{"spec.tfReplicaSpecs.*.template"}},
	{Group: "kubeflow.org", Kind: "XGBoostJob", Paths: []string{"spec.xgbReplicaSpecs.*.template"}},
	{Group: "kubeflow.org", Kind: "MPIJob", Paths: []string{"spec.mpiReplicaSpecs.*.template"}},
	{Group: "ray.io", Kind: "RayCluster", Paths: []string{"spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"}},
	{Group: "ray.io", Kind: "RayJob", Paths: []string{"spec.rayClusterSpec.headGroupSpec.template", "spec.rayClusterSpec.workerGroupSpecs[*].template", "spec.submitterPodTemplate"}},
	{Group: "ray.io", Kind: "RayService", Paths: []string{"spec.rayClusterConfig.headGroupSpec.template", "spec.rayClusterConfig.workerGroupSpecs[*].template"}},
	{Group: "batch.volcano.sh", Kind: "Job", Paths: []string{"spec.tasks[*].template"}},
	{Group: "argoproj.io", Kind: "ClusterWorkflowTemplate", opaque: "makes pods in the namespaces of Workflows that refer to it"},
	{Group: "apps.kruise.io", Kind: "DaemonSet", opaque: perNode},
	{Group: "apps.kruise.io", Kind: "BroadcastJob", opaque: perNode},
	{Group: "sparkoperator.k8s.io", Kind: "SparkApplication", opaque: operator},
	{Group: "sparkoperator.k8s.io", Kind: "ScheduledSparkApplication", opaque: operator},
	{Group: "flink.apache.org", Kind: "FlinkDeployment", opaque: operator},
}

const (
	perNode  = "makes a pod for each node, and a Fargate node runs no others"
	operator = "makes pods of more than its pod template: of cores, memory and settings of its own"
)

// argoPaths returns the paths of templates in the spec of a Workflow.
func argoPaths(spec string) []string {
	return []string{spec + ".templates[*]", spec + ".templates[*].steps[*][*].inline", spec + ".templates[*].dag.tasks[*].inline"}
}
