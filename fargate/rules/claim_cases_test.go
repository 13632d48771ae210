package rules

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
)

const (
	onlyEFS    = "; Fargate mounts only efs.csi.aws.com"
	andOnlyEFS = ", and Fargate mounts only efs.csi.aws.com"
	byHandOnly = "is not bound and waits for a PersistentVolume that somebody creates: "
	notAgain   = "; Fargate does not look again when it is"
	waiting    = "waits until the pod is scheduled (volumeBindingMode: WaitForFirstConsumer), and Fargate schedules no pod whose claim isn't bound"
	notSynced  = "could not be looked up: the cache has not synced"
)

// claimIn returns claim "x" of namespace "apps" in a phase, after some changes.
func claimIn(phase corev1.PersistentVolumeClaimPhase, change ...func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "x"}, Status: corev1.PersistentVolumeClaimStatus{Phase: phase}}
	for _, f := range change {
		f(c)
	}
	return c
}

func ofVolume(name string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = name }
}

func ofClass(name string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = &name }
}

func ofBetaClass(name string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) {
		metav1.SetMetaDataAnnotation(&c.ObjectMeta, corev1.BetaStorageClassAnnotation, name)
	}
}

func beingDeleted(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &metav1.Time{} }

// driverVolume returns a volume of a CSI driver.
func driverVolume(name, driver string) *corev1.PersistentVolume {
	return sourceVolume(name, corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: driver}})
}

func sourceVolume(name string, source corev1.PersistentVolumeSource) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: source}}
}

func classOfMode(name, provisioner string, mode storagev1.VolumeBindingMode) *storagev1.StorageClass {
	c := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: provisioner}
	if mode != "" {
		c.VolumeBindingMode = &mode
	}
	return c
}

// storageCluster returns a cluster with volumes and classes of all kinds, and more objects. The
// look-up of "failing" fails.
func storageCluster(more ...metav1.Object) *fargatetest.Cluster {
	const wait, immediate = storagev1.VolumeBindingWaitForFirstConsumer, storagev1.VolumeBindingImmediate
	return &fargatetest.Cluster{
		Err: errors.New("the cache has not synced"), Broken: []string{"failing"},
		Objects: append([]metav1.Object{
			driverVolume("efs", "efs.csi.aws.com"),
			driverVolume("ebs", "ebs.csi.aws.com"),
			driverVolume("s3", "s3.csi.aws.com"),
			sourceVolume("hostpath", corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{}}),
			sourceVolume("nfs", corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{}}),
			sourceVolume("old-ebs", corev1.PersistentVolumeSource{AWSElasticBlockStore: &corev1.AWSElasticBlockStoreVolumeSource{}}),
			sourceVolume("trimmed", corev1.PersistentVolumeSource{}),
			classOfMode("efs", "efs.csi.aws.com", immediate),
			classOfMode("efs-unset", "efs.csi.aws.com", ""),
			classOfMode("efs-wait", "efs.csi.aws.com", wait),
			classOfMode("gp3", "ebs.csi.aws.com", wait),
			classOfMode("gp2", "kubernetes.io/aws-ebs", immediate),
			classOfMode("nfs", "example.com/nfs", immediate),
			classOfMode("s3", "s3.csi.aws.com", immediate),
			classOfMode("local", "kubernetes.io/no-provisioner", immediate),
			classOfMode("local-w", "kubernetes.io/no-provisioner", wait),
		}, more...),
	}
}

// claimCase is a claim and what a finding says about it.
type claimCase struct {
	claim *corev1.PersistentVolumeClaim
	// want follows the name of the claim in the message; empty for no finding.
	want string
	// remedy is part of the remedy.
	remedy string
	// passing is true for a problem that isn't reported for templates: it may be solved by then.
	passing bool
}

func claimCases() map[string]claimCase {
	const bound, pending, lost, written = corev1.ClaimBound, corev1.ClaimPending, corev1.ClaimLost, ""
	return map[string]claimCase{
		"bound to EFS":                     {claim: claimIn(bound, ofVolume("efs"))},
		"bound to EBS (F4.13, S14)":        {claim: claimIn(bound, ofVolume("ebs")), want: `is bound to volume "ebs" of driver ebs.csi.aws.com` + onlyEFS, remedy: "EFS"},
		"bound to a driver of others":      {claim: claimIn(bound, ofVolume("s3")), want: `is bound to volume "s3" of driver s3.csi.aws.com` + onlyEFS, remedy: "bind the claim to"},
		"bound to hostPath (F4.12)":        {claim: claimIn(bound, ofVolume("hostpath")), want: `is bound to volume "hostpath" of type hostPath` + onlyEFS},
		"bound to nfs (F4.12)":             {claim: claimIn(bound, ofVolume("nfs")), want: `is bound to volume "nfs" of type nfs` + onlyEFS},
		"bound to an old EBS (F4.12)":      {claim: claimIn(bound, ofVolume("old-ebs")), want: `is bound to volume "old-ebs" of type awsElasticBlockStore` + onlyEFS, remedy: "EFS"},
		"bound to a volume without source": {claim: claimIn(bound, ofVolume("trimmed")), want: `is bound to volume "trimmed" of type unknown` + onlyEFS},
		"bound to what is gone":            {claim: claimIn(bound, ofVolume("gone")), want: `is bound to volume "gone", which does not exist`},
		"bound, volume fails":              {claim: claimIn(bound, ofVolume("failing")), want: `is bound to volume "failing", which ` + notSynced, remedy: "bound to a volume of driver efs.csi.aws.com"},
		"Lost":                             {claim: claimIn(lost, ofVolume("efs")), want: "is Lost: the volume that it was bound to is gone", remedy: "create the claim again"},
		"being deleted":                    {claim: claimIn(bound, ofVolume("efs"), beingDeleted), want: "is being deleted", remedy: "create the claim again", passing: true},

		"waits for EFS":              {claim: claimIn(pending, ofVolume("efs")), want: `is not bound to volume "efs" yet` + notAgain, remedy: "kubectl get pvc", passing: true},
		"waits for EBS":              {claim: claimIn(pending, ofVolume("ebs")), want: `waits for volume "ebs" of driver ebs.csi.aws.com` + onlyEFS, remedy: "EFS"},
		"waits for hostPath":         {claim: claimIn(written, ofVolume("hostpath")), want: `waits for volume "hostpath" of type hostPath` + onlyEFS},
		"waits for what is gone":     {claim: claimIn(pending, ofVolume("gone")), want: `waits for volume "gone", which does not exist`, passing: true},
		"waits, volume fails":        {claim: claimIn(pending, ofVolume("failing")), want: `waits for volume "failing", which ` + notSynced, remedy: "bound to a volume of driver efs.csi.aws.com"},
		"Bound that names none":      {claim: claimIn(bound, ofClass("efs")), want: "is not bound yet" + notAgain, passing: true},
		"volume by hand":             {claim: claimIn(pending, ofClass("")), want: byHandOnly + `its storageClassName is ""`, passing: true},
		"volume by hand by the beta": {claim: claimIn(pending, ofBetaClass(""), ofClass("gp3")), want: byHandOnly + `its storageClassName is ""`, passing: true},

		"class of EFS (F4.11, S15)":        {claim: claimIn(pending, ofClass("efs")), want: "is not bound yet" + notAgain, remedy: "kubectl get pvc", passing: true},
		"class of EFS, mode unset":         {claim: claimIn(pending, ofClass("efs-unset")), want: "is not bound yet" + notAgain, passing: true},
		"class of EFS that waits (F4.21)":  {claim: claimIn(pending, ofClass("efs-wait")), want: `can never be bound on Fargate: its StorageClass "efs-wait" ` + waiting, remedy: "volumeBindingMode: Immediate"},
		"class of EBS":                     {claim: claimIn(pending, ofClass("gp3")), want: `Fargate can never mount: its StorageClass "gp3" provisions volumes of ebs.csi.aws.com` + andOnlyEFS, remedy: "EFS"},
		"class of EBS, only in a manifest": {claim: claimIn(written, ofClass("gp3")), want: `Fargate can never mount: its StorageClass "gp3" provisions volumes of ebs.csi.aws.com` + andOnlyEFS},
		"class of the old EBS":             {claim: claimIn(pending, ofClass("gp2")), want: `Fargate can never mount: its StorageClass "gp2" provisions volumes of kubernetes.io/aws-ebs` + andOnlyEFS, remedy: "EFS"},
		"class of others":                  {claim: claimIn(pending, ofBetaClass("nfs"), ofClass("efs")), want: `Fargate can never mount: its StorageClass "nfs" provisions volumes of example.com/nfs` + andOnlyEFS, remedy: "provisioner efs.csi.aws.com"},
		"class that provisions none":       {claim: claimIn(pending, ofClass("local")), want: byHandOnly + `its StorageClass "local" provisions no volumes`, passing: true},
		"class that provisions none later": {claim: claimIn(pending, ofClass("local-w")), want: `can never be bound on Fargate: its StorageClass "local-w" ` + waiting},
		"class that isn't there":           {claim: claimIn(pending, ofClass("gone")), want: byHandOnly + `its StorageClass "gone" does not exist`, passing: true},
		"class fails":                      {claim: claimIn(pending, ofClass("failing")), want: `is not bound, and its StorageClass "failing" ` + notSynced, remedy: "bound to a volume of driver efs.csi.aws.com"},
		"no default class":                 {claim: claimIn(pending), want: byHandOnly + "it names no StorageClass and the cluster has no default one", passing: true},

		// A claim from a manifest, without a phase, may be bound by the time it is used.
		"class of EFS, only in a manifest":   {claim: claimIn(written, ofClass("efs"))},
		"volume by hand, only in a manifest": {claim: claimIn(written, ofClass(""))},
		"waits for EFS, in a manifest":       {claim: claimIn(written, ofVolume("efs"))},
	}
}
