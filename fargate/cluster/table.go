package cluster

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/kinds/gateway"
	"fargate-webhook/kinds/keda"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/kinds/podidentity"
	"fargate-webhook/kinds/vpa"
)

const (
	// ProvisionerAnnotation on a claim names what provisions its volume.
	ProvisionerAnnotation = "volume.kubernetes.io/storage-provisioner"
	// BetaProvisionerAnnotation is its older form.
	BetaProvisionerAnnotation = "volume.beta.kubernetes.io/storage-provisioner"
	// DefaultClassAnnotation marks the StorageClass of claims that name none, when "true".
	DefaultClassAnnotation = "storageclass.kubernetes.io/is-default-class"
	// BetaDefaultClassAnnotation is its older form.
	BetaDefaultClassAnnotation = "storageclass.beta.kubernetes.io/is-default-class"
)

var (
	// LimitRanges have their defaults filled in, as the API server does.
	LimitRanges = &Kind{Version: "v1", Kind: "LimitRange", Resource: "limitranges", Namespaced: true,
		New: func() Object { return &corev1.LimitRange{} }}
	// ResourceQuotas have no status.
	ResourceQuotas = &Kind{Version: "v1", Kind: "ResourceQuota", Resource: "resourcequotas", Namespaced: true,
		New: func() Object { return &corev1.ResourceQuota{} }}
	// PersistentVolumeClaims have volume name, class and volume mode, their phase, and the
	// annotations that name their provisioner and, in older clusters, their class. One from a
	// manifest has no phase.
	PersistentVolumeClaims = &Kind{Version: "v1", Kind: "PersistentVolumeClaim", Resource: "persistentvolumeclaims", Namespaced: true,
		New: func() Object { return &corev1.PersistentVolumeClaim{} }}
	// PersistentVolumes have their source (of CSI the driver only), claim reference and phase.
	PersistentVolumes = &Kind{Version: "v1", Kind: "PersistentVolume", Resource: "persistentvolumes",
		New: func() Object { return &corev1.PersistentVolume{} }}
	// StorageClasses have provisioner, binding mode and the annotations that mark the default.
	StorageClasses = &Kind{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass", Resource: "storageclasses",
		New: func() Object { return &storagev1.StorageClass{} }, defaultAnnotations: []string{DefaultClassAnnotation, BetaDefaultClassAnnotation}}
	// Services have type and selector, and the annotations for opting out and for the target type
	// behind an Ingress.
	Services = &Kind{Version: "v1", Kind: "Service", Resource: "services", Namespaced: true,
		New: func() Object { return &corev1.Service{} }}
	// PodDisruptionBudgets have their selector.
	PodDisruptionBudgets = &Kind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget", Resource: "poddisruptionbudgets", Namespaced: true,
		New: func() Object { return &policyv1.PodDisruptionBudget{} }}
	// NetworkPolicies have their pod selector.
	NetworkPolicies = &Kind{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy", Resource: "networkpolicies", Namespaced: true,
		New: func() Object { return &networkingv1.NetworkPolicy{} }}
	// ReplicaSets have their selector, their controller and revision, whether they have no
	// replicas, and of the template what decides whether its pods run on Fargate. So have
	// StatefulSets, with their claim templates, Jobs and ReplicationControllers, without replicas.
	// Of the templates of DaemonSets the labels and the annotation that keeps pods off Fargate are
	// kept. Caches have a [ReplicaSet], manifests the API's type.
	ReplicaSets = &Kind{Group: "apps", Version: "v1", Kind: "ReplicaSet", Resource: "replicasets", Namespaced: true,
		New: func() Object { return &appsv1.ReplicaSet{} }}
	// StatefulSets are as ReplicaSets.
	StatefulSets = &Kind{Group: "apps", Version: "v1", Kind: "StatefulSet", Resource: "statefulsets", Namespaced: true,
		New: func() Object { return &appsv1.StatefulSet{} }}
	// DaemonSets are as ReplicaSets.
	DaemonSets = &Kind{Group: "apps", Version: "v1", Kind: "DaemonSet", Resource: "daemonsets", Namespaced: true,
		New: func() Object { return &appsv1.DaemonSet{} }}
	// Jobs are as ReplicaSets.
	Jobs = &Kind{Group: "batch", Version: "v1", Kind: "Job", Resource: "jobs", Namespaced: true,
		New: func() Object { return &batchv1.Job{} }}
	// ReplicationControllers are as ReplicaSets.
	ReplicationControllers = &Kind{Version: "v1", Kind: "ReplicationController", Resource: "replicationcontrollers", Namespaced: true,
		New: func() Object { return &corev1.ReplicationController{} }}
	// IngressClasses have controller and parameters.
	IngressClasses = &Kind{Group: "networking.k8s.io", Version: "v1", Kind: "IngressClass", Resource: "ingressclasses",
		New: func() Object { return &networkingv1.IngressClass{} }, defaultAnnotations: []string{networkingv1.AnnotationIsDefaultIngressClass}}
	// IngressClassParams have their target type.
	IngressClassParams = &Kind{Group: lbc.ParamsGroup, Version: lbc.ParamsVersion, Kind: lbc.ParamsKind, Resource: lbc.ParamsResource,
		Optional: true, New: func() Object { return &lbc.IngressClassParams{} }}
	// HorizontalPodAutoscalers have their target and metrics. One of autoscaling/v1 decodes without
	// metrics, which is what v1 stands for: CPU utilization.
	HorizontalPodAutoscalers = &Kind{Group: "autoscaling", Version: "v2", Also: []string{"v1"}, Kind: "HorizontalPodAutoscaler",
		Resource: "horizontalpodautoscalers", Namespaced: true, New: func() Object { return &autoscalingv2.HorizontalPodAutoscaler{} }}
	// VerticalPodAutoscalers have their target, update mode and controlled resources.
	VerticalPodAutoscalers = &Kind{Group: vpa.Group, Version: vpa.Version, Also: []string{vpa.BetaVersion}, Kind: vpa.Kind, Resource: vpa.Resource,
		Namespaced: true, Optional: true, New: func() Object { return &vpa.VerticalPodAutoscaler{} }}
	// ScaledObjects have their target and the types of their triggers.
	ScaledObjects = &Kind{Group: keda.Group, Version: keda.Version, Kind: keda.Kind, Resource: keda.Resource,
		Namespaced: true, Optional: true, New: func() Object { return &keda.ScaledObject{} }}
	// Pods are known from manifests only: a cluster has too many of them to cache.
	Pods = &Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true, GivenOnly: true,
		New: func() Object { return &corev1.Pod{} }}
	// CronJobs are known from manifests only: their Jobs are cached.
	CronJobs = &Kind{Group: "batch", Version: "v1", Kind: "CronJob", Resource: "cronjobs", Namespaced: true, GivenOnly: true,
		New: func() Object { return &batchv1.CronJob{} }}
	// PodIdentityAssociations are known from manifests only: their pods say themselves what they got.
	// They are looked up whatever their namespace, which isn't that of the pods.
	PodIdentityAssociations = &Kind{Group: podidentity.Group, Version: podidentity.Version, Kind: podidentity.Kind, Resource: podidentity.Resource,
		Optional: true, GivenOnly: true, New: func() Object { return &podidentity.Association{} }}
	// Gateways are known from manifests only, as are their classes and parameters: admission isn't
	// asked about routes.
	Gateways = &Kind{Group: gateway.Group, Version: gateway.Version, Also: []string{"v1beta1"}, Kind: gateway.Kind, Resource: "gateways",
		Namespaced: true, Optional: true, GivenOnly: true, New: func() Object { return &gateway.Gateway{} }}
	// GatewayClasses are as Gateways.
	GatewayClasses = &Kind{Group: gateway.Group, Version: gateway.Version, Also: []string{"v1beta1"}, Kind: gateway.ClassKind, Resource: "gatewayclasses",
		Optional: true, GivenOnly: true, New: func() Object { return &gateway.Class{} }}
	// LoadBalancerConfigurations are as Gateways.
	LoadBalancerConfigurations = &Kind{Group: lbc.GatewayGroup, Version: lbc.GatewayVersion, Also: []string{lbc.GatewayBetaVersion}, Kind: lbc.LoadBalancerKind,
		Resource: lbc.LoadBalancerResource, Namespaced: true, Optional: true, GivenOnly: true, New: func() Object { return &lbc.LoadBalancerConfiguration{} }}
	// TargetGroupConfigurations are as Gateways.
	TargetGroupConfigurations = &Kind{Group: lbc.GatewayGroup, Version: lbc.GatewayVersion, Also: []string{lbc.GatewayBetaVersion}, Kind: lbc.TargetGroupKind,
		Resource: lbc.TargetGroupResource, Namespaced: true, Optional: true, GivenOnly: true, New: func() Object { return &lbc.TargetGroupConfiguration{} }}
)

// GivenKinds are the kinds of which only manifests are asked.
var GivenKinds = []*Kind{
	Pods, CronJobs, PodIdentityAssociations, Gateways, GatewayClasses, LoadBalancerConfigurations, TargetGroupConfigurations,
}

// all are the kinds that decisions look up.
var all = slices.Concat(Kinds, GivenKinds)

// Kinds are all kinds that decisions look up and that are cached.
var Kinds = []*Kind{
	LimitRanges, ResourceQuotas, PersistentVolumeClaims, PersistentVolumes, StorageClasses, Services, PodDisruptionBudgets,
	NetworkPolicies, ReplicaSets, StatefulSets, DaemonSets, Jobs, ReplicationControllers, IngressClasses, IngressClassParams,
	HorizontalPodAutoscalers, VerticalPodAutoscalers, ScaledObjects,
}
