package migration_test

import "fargate-webhook/migration"

const (
	ec2  = migration.EC2
	auto = migration.AutoMode
)

// noteCase is an object, and the one note about it. Without note there must be none.
type noteCase struct {
	name, note string
	// to are the targets for which the note is found, empty for both.
	to     []migration.Target
	object string
	// field is where it is found, and message a part of what it says.
	field, message string
}

// web is a pod with nothing to say about; %s is more of its spec.
func web(meta, spec string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: apps" + meta + "}\nspec:\n" + spec +
		"  containers:\n  - {name: app, image: registry.example/app, resources: {requests: {cpu: 300m, memory: 300Mi}}}\n"
}

func withContainers(list string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: apps, labels: {app: shop}}\nspec:\n  containers:\n" + list
}

func object(apiVersion, kind, rest string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: web, namespace: apps}\n" + rest
}

func annotated(apiVersion, kind, annotations, rest string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: web, namespace: apps, annotations: {" + annotations + "}}\n" + rest
}

const (
	affinity   = "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
	affinityAt = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
	job        = "spec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {%s}}\n    spec:\n      restartPolicy: Never\n      containers:\n" +
		"      - {name: app, image: registry.example/app, resources: {requests: {cpu: 300m, memory: 300Mi}}}\n"
)

func onPods() []noteCase {
	return []noteCase{
		{name: "plain pod", object: web("", "")},
		{name: "profile label", note: "fargate-profile-label", object: web(", labels: {eks.amazonaws.com/fargate-profile: apps}", ""), field: "metadata.labels[eks.amazonaws.com/fargate-profile]", message: `"apps"`},
		{name: "other label", object: web(", labels: {run: on-fargate}", "")},
		{name: "opt-out annotation", object: web(", annotations: {eks.amazonaws.com/compute-type: ec2}", "")},
		{name: "selects Fargate nodes", note: "fargate-node-selection", object: web("", "  nodeSelector: {eks.amazonaws.com/compute-type: fargate}\n"), field: "spec.nodeSelector[eks.amazonaws.com/compute-type]", message: `"fargate" keeps the pod off`},
		{name: "selects Auto Mode nodes", note: "fargate-node-selection", to: []migration.Target{ec2}, object: web("", "  nodeSelector: {eks.amazonaws.com/compute-type: auto}\n"), field: "spec.nodeSelector[eks.amazonaws.com/compute-type]", message: "EC2 nodes"},
		{name: "selects a zone", object: web("", "  nodeSelector: {topology.kubernetes.io/zone: eu-west-1a}\n")},
		{name: "affinity to Fargate nodes", note: "fargate-node-selection", object: web("", affinity+"[{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: In, values: [fargate]}]}]}}}\n"), field: affinityAt, message: "required node affinity"},
		{name: "affinity to Fargate nodes or others", object: web("", affinity+"[{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: In, values: [fargate]}]}, {matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}]}}}\n")},
		{name: "affinity off Auto Mode", note: "fargate-node-selection", to: []migration.Target{auto}, object: web("", affinity+"[{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: NotIn, values: [auto, hybrid]}]}]}}}\n"), field: affinityAt, message: "EKS Auto Mode"},
		{name: "affinity to any compute type", note: "fargate-node-selection", to: []migration.Target{ec2}, object: web("", affinity+"[{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: Exists}]}]}}}\n"), field: affinityAt, message: "EC2 nodes"},
		{name: "affinity to none", note: "fargate-node-selection", to: []migration.Target{auto}, object: web("", affinity+"[{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: DoesNotExist}]}]}}}\n"), field: affinityAt, message: "EKS Auto Mode"},
		{name: "Fargate scheduler", note: "fargate-scheduler-name", object: web("", "  schedulerName: fargate-scheduler\n"), field: "spec.schedulerName", message: "fargate-scheduler"},
		{name: "default scheduler", object: web("", "  schedulerName: default-scheduler\n")},
		{name: "toleration", note: "fargate-toleration", object: web("", "  tolerations: [{operator: Exists, key: other}, {key: eks.amazonaws.com/compute-type, value: fargate}]\n"), field: "spec.tolerations[1]", message: "toleration"},
		{name: "toleration of everything", object: web("", "  tolerations: [{operator: Exists}]\n")},
		{name: "annotations of Fargate", note: "fargate-annotations", object: web(", annotations: {CapacityProvisioned: 0.25vCPU 0.5GB, Logging: LoggingEnabled}", ""), field: "metadata.annotations[CapacityProvisioned]", message: "CapacityProvisioned, Logging"},
		{name: "policy for sizes", note: "fargate-annotations", object: web(`, annotations: {fargate-webhook/resources: Guaranteed}`, ""), field: "metadata.annotations[fargate-webhook/resources]", message: "fargate-webhook/resources"},
		{name: "another Logging", object: web(", annotations: {Logging: verbose}", "")},
	}
}

func onContainers() []noteCase {
	return []noteCase{
		{name: "fills 1 vCPU and 2 GB", note: "filled-size", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1792Mi}}}\n"), field: "spec.containers", message: "1 CPU and 1792Mi, all that a Fargate pod of 1 vCPU / 2Gi"},
		{name: "fills it with two containers", note: "filled-size", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 400m, memory: 1Gi}}}\n  - {name: b, image: b, resources: {limits: {cpu: 100m, memory: 768Mi}}}\n"), field: "spec.containers", message: "500m CPU and 1792Mi"},
		{name: "a byte less", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1879048191}}}\n")},
		{name: "the smallest size may be chance", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 250m, memory: 256Mi}}}\n")},
		{name: "requests nothing", note: "nothing-requested", object: withContainers("  - {name: app, image: app}\n"), field: "spec.containers", message: "no CPU and no memory"},
		{name: "requests no memory", note: "nothing-requested", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1}}}\n"), field: "spec.containers", message: "requests no memory"},
		{name: "requests no CPU", note: "nothing-requested", object: withContainers("  - {name: app, image: app, resources: {requests: {memory: 1Gi}}}\n"), field: "spec.containers", message: "requests no CPU"},
		{name: "a limit is a request", object: withContainers("  - {name: app, image: app, resources: {limits: {cpu: 1, memory: 1Gi}}}\n")},
		{name: "one of two requests", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1Gi}}}\n  - {name: b, image: b}\n")},
		{name: "log agent beside the application", note: "agent-sidecar", object: withContainers("  - {name: log, image: 'public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32@sha256:abc', resources: {requests: {cpu: 50m, memory: 50Mi}}}\n  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1Gi}}}\n"), field: "spec.containers[0].image", message: `container "log" (aws-for-fluent-bit)`},
		{name: "native sidecar of Datadog", note: "agent-sidecar", object: web("", "  initContainers:\n  - {name: dd, image: 'gcr.io/datadog/agent:7', restartPolicy: Always}\n"), field: "spec.initContainers[0].image", message: `container "dd" (datadog-agent)`},
		{name: "Datadog's label", note: "agent-sidecar", object: web(", labels: {agent.datadoghq.com/sidecar: fargate}", ""), field: "metadata.labels[agent.datadoghq.com/sidecar]", message: "DaemonSet"},
		{name: "init container of an agent", object: web("", "  initContainers:\n  - {name: log, image: fluent-bit}\n")},
		{name: "the agent itself", object: "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {app.kubernetes.io/name: fluentd}}\nspec:\n  containers:\n  - {name: a, image: bitnami/fluentd, resources: {requests: {cpu: 1, memory: 1Gi}}}\n  - {name: reload, image: reloader}\n"},
		{name: "an agent alone", object: withContainers("  - {name: a, image: fluent-bit, resources: {requests: {cpu: 1, memory: 1Gi}}}\n")},
		{name: "large disk", note: "ephemeral-storage-shared", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1Gi, ephemeral-storage: 50Gi}}}\n"), field: "spec.containers[0].resources.requests.ephemeral-storage", message: "50Gi"},
		{name: "what Fargate gives anyway", object: withContainers("  - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1Gi, ephemeral-storage: 2Gi}}}\n")},
	}
}

func onScheduling() []noteCase {
	const term = "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: shop}}}"
	const jobOf = "spec:\n  backoffLimit: %s\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - {name: app, image: app, resources: {requests: {cpu: 300m, memory: 300Mi}}}\n"
	return []noteCase{
		{name: "required anti-affinity", note: "spreading-applies", object: web("", "  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ["+term+"]}}\n"), field: "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution", message: "anti-affinity"},
		{name: "required affinity", note: "spreading-applies", object: web("", "  affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ["+term+"]}}\n"), field: "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", message: "the required pod affinity"},
		{name: "preferred anti-affinity", object: web("", "  affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: "+term+"}]}}\n")},
		{name: "must spread", note: "spreading-applies", object: web("", "  topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}]\n"), field: "spec.topologySpreadConstraints", message: "DoNotSchedule"},
		{name: "may spread", object: web("", "  topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway}]\n")},
		{name: "priority class", note: "priority-applies", object: web("", "  priorityClassName: batch\n"), field: "spec.priorityClassName", message: `"batch"`},
		{name: "critical in the cluster", object: web("", "  priorityClassName: system-cluster-critical\n")},
		{name: "Job without retries", note: "job-disruption", to: []migration.Target{auto}, object: object("batch/v1", "Job", sprintf(jobOf, "0")), field: "spec.backoffLimit", message: "evicts"},
		{name: "CronJob without retries", note: "job-disruption", to: []migration.Target{auto}, object: object("batch/v1", "CronJob", "spec:\n  schedule: '@daily'\n  jobTemplate:\n    "+indent(sprintf(jobOf, "0"))), field: "spec.jobTemplate.spec.backoffLimit", message: "evicts"},
		{name: "Job with retries", object: object("batch/v1", "Job", sprintf(jobOf, "3"))},
		{name: "Job that says nothing of retries", object: object("batch/v1", "Job", sprintf(jobOf, "null"))},
		{name: "Job that isn't disrupted", object: object("batch/v1", "Job", sprintf(job, `karpenter.sh/do-not-disrupt: "true"`))},
		{name: "Job that doesn't count evictions", object: object("batch/v1", "Job", sprintf(job, "")+"  podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}\n")},
		{name: "budget of none", note: "blocking-budget", object: object("policy/v1", "PodDisruptionBudget", "spec: {maxUnavailable: 0, selector: {}}\n"), field: "spec.maxUnavailable", message: "maxUnavailable: 0"},
		{name: "budget of all", note: "blocking-budget", object: object("policy/v1", "PodDisruptionBudget", "spec: {minAvailable: 100%, selector: {}}\n"), field: "spec.minAvailable", message: "minAvailable: 100%"},
		{name: "budget of one", object: object("policy/v1", "PodDisruptionBudget", "spec: {maxUnavailable: 1, selector: {}}\n")},
		{name: "budget of some", object: object("policy/v1", "PodDisruptionBudget", "spec: {minAvailable: 1, selector: {}}\n")},
	}
}

func onOthers() []noteCase {
	toAuto := []migration.Target{auto}
	return []noteCase{
		{name: "NetworkPolicy", note: "network-policy-applies", object: object("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}}\n"), field: "spec", message: "drops what it doesn't allow"},
		{name: "NetworkPolicy of Calico", object: object("crd.projectcalico.org/v1", "NetworkPolicy", "spec: {}\n")},
		{name: "SecurityGroupPolicy", note: "security-groups-nodes", object: object("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", "spec: {podSelector: {}, securityGroups: {groupIds: [sg-1]}}\n"), field: "spec.securityGroups"},
		{name: "SecurityGroupPolicy of another group", object: object("example.com/v1beta1", "SecurityGroupPolicy", "spec: {}\n")},
		{name: "ServiceAccount with role", note: "pod-identity-possible", object: annotated("v1", "ServiceAccount", "eks.amazonaws.com/role-arn: arn", ""), field: "metadata.annotations[eks.amazonaws.com/role-arn]", message: "Pod Identity"},
		{name: "ServiceAccount", object: object("v1", "ServiceAccount", "")},
		{name: "log router", note: "fargate-logging", object: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-logging, namespace: aws-observability}\ndata: {}\n", field: "data", message: "ships the logs of pods on Fargate only"},
		{name: "another ConfigMap", object: object("v1", "ConfigMap", "data: {}\n")},
		{name: "volume of EFS", note: "efs-driver", object: object("v1", "PersistentVolume", "spec: {csi: {driver: efs.csi.aws.com, volumeHandle: fs-1}}\n"), field: "spec.csi.driver", message: "DaemonSet of the driver"},
		{name: "class of EFS", note: "efs-driver", object: object("storage.k8s.io/v1", "StorageClass", "provisioner: efs.csi.aws.com\n"), field: "provisioner", message: "efs.csi.aws.com"},
		{name: "NFS volume", object: object("v1", "PersistentVolume", "spec: {nfs: {server: a, path: /}}\n")},
		{name: "class of EBS", note: "ebs-provisioner", to: toAuto, object: object("storage.k8s.io/v1", "StorageClass", "provisioner: ebs.csi.aws.com\n"), field: "provisioner", message: "ebs.csi.eks.amazonaws.com"},
		{name: "class of Auto Mode", object: object("storage.k8s.io/v1", "StorageClass", "provisioner: ebs.csi.eks.amazonaws.com\n")},
		{name: "Ingress with IP targets", note: "ip-targets", object: annotated("networking.k8s.io/v1", "Ingress", "alb.ingress.kubernetes.io/target-type: ip", ""), field: "metadata.annotations[alb.ingress.kubernetes.io/target-type]"},
		{name: "Ingress of nginx", object: annotated("networking.k8s.io/v1", "Ingress", "kubernetes.io/ingress.class: nginx", "")},
		{name: "Ingress by annotation", note: "load-balancer-controller", to: toAuto, object: annotated("networking.k8s.io/v1", "Ingress", "kubernetes.io/ingress.class: alb", ""), field: "metadata.annotations[kubernetes.io/ingress.class]", message: "eks.amazonaws.com/alb"},
		{name: "Ingress in a group", note: "ingress-annotations", to: toAuto, object: annotated("networking.k8s.io/v1", "Ingress", "alb.ingress.kubernetes.io/group.name: shop, alb.ingress.kubernetes.io/scheme: internal", ""), field: "metadata.annotations[alb.ingress.kubernetes.io/group.name]", message: "group.name"},
		{name: "Service with a class", note: "load-balancer-controller", to: toAuto, object: object("v1", "Service", "spec: {type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb}\n"), field: "spec.loadBalancerClass", message: "eks.amazonaws.com/nlb"},
		{name: "Service with a type", note: "load-balancer-controller", to: toAuto, object: annotated("v1", "Service", "service.beta.kubernetes.io/aws-load-balancer-type: external", "spec: {type: LoadBalancer}\n"), field: "metadata.annotations[service.beta.kubernetes.io/aws-load-balancer-type]", message: "external"},
		{name: "Service of Auto Mode", object: object("v1", "Service", "spec: {type: LoadBalancer, loadBalancerClass: eks.amazonaws.com/nlb}\n")},
		{name: "ClusterIP", object: object("v1", "Service", "spec: {type: ClusterIP}\n")},
		{name: "IngressClass", note: "load-balancer-controller", to: toAuto, object: object("networking.k8s.io/v1", "IngressClass", "spec: {controller: ingress.k8s.aws/alb}\n"), field: "spec.controller", message: "eks.amazonaws.com/alb"},
		{name: "IngressClass of nginx", object: object("networking.k8s.io/v1", "IngressClass", "spec: {controller: k8s.io/ingress-nginx}\n")},
		{name: "TargetGroupBinding", note: "load-balancer-controller", to: toAuto, object: object("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", "spec: {}\n"), field: "apiVersion", message: "eks.amazonaws.com/v1"},
		{name: "IngressClassParams", note: "load-balancer-controller", to: toAuto, object: object("elbv2.k8s.aws/v1beta1", "IngressClassParams", "spec: {}\n"), field: "apiVersion", message: "IngressClassParams of elbv2.k8s.aws/v1beta1"},
		{name: "TargetGroupBinding of Auto Mode", object: object("eks.amazonaws.com/v1", "TargetGroupBinding", "spec: {}\n")},
	}
}
