package fargate

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// dataVolume is how a finding about the test's volume starts.
	dataVolume = `volume "data": claim "x" `
	onlyEFS    = ", and Fargate mounts efs.csi.aws.com only"
	byHandOnly = "is not bound and waits for a PersistentVolume to be made by hand: "
	notAgain   = ", and Fargate does not look again when it is"
)

// claimIn makes a claim in a phase, changed by what follows.
func claimIn(phase corev1.PersistentVolumeClaimPhase, change ...func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{Status: corev1.PersistentVolumeClaimStatus{Phase: phase}}
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

// driverVolume makes a volume of a CSI driver.
func driverVolume(driver string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: corev1.PersistentVolumeSource{
		CSI: &corev1.CSIPersistentVolumeSource{Driver: driver},
	}}}
}

func sourceVolume(source corev1.PersistentVolumeSource) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: source}}
}

func classOfMode(name, provisioner string, mode storagev1.VolumeBindingMode) *storagev1.StorageClass {
	c := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: provisioner}
	if mode != "" {
		c.VolumeBindingMode = &mode
	}
	return c
}

// storageObjects are volumes and classes of all kinds; nil ones can't be looked up.
func storageObjects() map[string]runtime.Object {
	const wait, immediate = storagev1.VolumeBindingWaitForFirstConsumer, storagev1.VolumeBindingImmediate
	return map[string]runtime.Object{
		"volume/efs":      driverVolume("efs.csi.aws.com"),
		"volume/ebs":      driverVolume("ebs.csi.aws.com"),
		"volume/s3":       driverVolume("s3.csi.aws.com"),
		"volume/hostpath": sourceVolume(corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{}}),
		"volume/nfs":      sourceVolume(corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{}}),
		"volume/old-ebs":  sourceVolume(corev1.PersistentVolumeSource{AWSElasticBlockStore: &corev1.AWSElasticBlockStoreVolumeSource{}}),
		"volume/trimmed":  &corev1.PersistentVolume{},
		"volume/failing":  nil,
		"class/efs":       classOfMode("efs", "efs.csi.aws.com", immediate),
		"class/efs-unset": classOfMode("efs-unset", "efs.csi.aws.com", ""),
		"class/efs-wait":  classOfMode("efs-wait", "efs.csi.aws.com", wait),
		"class/gp3":       classOfMode("gp3", "ebs.csi.aws.com", wait),
		"class/gp2":       classOfMode("gp2", "kubernetes.io/aws-ebs", immediate),
		"class/nfs":       classOfMode("nfs", "example.com/nfs", immediate),
		"class/s3":        classOfMode("s3", "s3.csi.aws.com", immediate),
		"class/local":     classOfMode("local", "kubernetes.io/no-provisioner", immediate),
		"class/local-w":   classOfMode("local-w", "kubernetes.io/no-provisioner", wait),
		"class/failing":   nil,
	}
}

// claimCase is a claim "x" and what is said of it after the volume's name,
// nothing when all is right. Of what may come right later a template says
// nothing.
type claimCase struct {
	claim   *corev1.PersistentVolumeClaim
	want    string
	remedy  string
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
		"bound, volume fails":              {claim: claimIn(bound, ofVolume("failing")), want: `is bound to volume "failing", which could not be looked up: the cache has not synced`, remedy: "try again"},
		"Lost":                             {claim: claimIn(lost, ofVolume("efs")), want: "is Lost: the volume it was bound to is gone", remedy: "make the claim again"},
		"being deleted":                    {claim: claimIn(bound, ofVolume("efs"), beingDeleted), want: "is being deleted", remedy: "make the claim again", passing: true},

		"waits for EFS":           {claim: claimIn(pending, ofVolume("efs")), want: `is not bound to volume "efs" yet` + notAgain, remedy: "kubectl get pvc", passing: true},
		"waits for EBS":           {claim: claimIn(pending, ofVolume("ebs")), want: `waits for volume "ebs" of driver ebs.csi.aws.com` + onlyEFS, remedy: "EFS"},
		"waits for hostPath":      {claim: claimIn(written, ofVolume("hostpath")), want: `waits for volume "hostpath" of type hostPath` + onlyEFS},
		"waits for what is gone":  {claim: claimIn(pending, ofVolume("gone")), want: `waits for volume "gone", which does not exist`, passing: true},
		"waits, volume fails":     {claim: claimIn(pending, ofVolume("failing")), want: `waits for volume "failing", which could not be looked up: the cache has not synced`, remedy: "try again"},
		"Bound that names none":   {claim: claimIn(bound, ofClass("efs")), want: "is not bound yet" + notAgain, passing: true},
		"static only":             {claim: claimIn(pending, ofClass("")), want: byHandOnly + `its storageClassName is ""`, passing: true},
		"static only by the beta": {claim: claimIn(pending, ofBetaClass(""), ofClass("gp3")), want: byHandOnly + `its storageClassName is ""`, passing: true},

		"class of EFS (F4.11, S15)":        {claim: claimIn(pending, ofClass("efs")), want: "is not bound yet" + notAgain, remedy: "kubectl get pvc", passing: true},
		"class of EFS, mode unset":         {claim: claimIn(pending, ofClass("efs-unset")), want: "is not bound yet" + notAgain, passing: true},
		"class of EFS that waits (F4.21)":  {claim: claimIn(pending, ofClass("efs-wait")), want: `can never be bound on Fargate: its StorageClass "efs-wait" waits until the pod is scheduled (volumeBindingMode: WaitForFirstConsumer), and Fargate schedules no pod whose claim isn't bound`, remedy: "volumeBindingMode: Immediate"},
		"class of EBS":                     {claim: claimIn(pending, ofClass("gp3")), want: `can never be used on Fargate: its StorageClass "gp3" makes volumes of ebs.csi.aws.com` + onlyEFS, remedy: "EFS"},
		"class of EBS, only written":       {claim: claimIn(written, ofClass("gp3")), want: `can never be used on Fargate: its StorageClass "gp3" makes volumes of ebs.csi.aws.com` + onlyEFS},
		"class of the old EBS":             {claim: claimIn(pending, ofClass("gp2")), want: `can never be used on Fargate: its StorageClass "gp2" makes volumes of kubernetes.io/aws-ebs` + onlyEFS, remedy: "EFS"},
		"class of others":                  {claim: claimIn(pending, ofBetaClass("nfs"), ofClass("efs")), want: `can never be used on Fargate: its StorageClass "nfs" makes volumes of example.com/nfs` + onlyEFS, remedy: "provisioner efs.csi.aws.com"},
		"class that provisions none":       {claim: claimIn(pending, ofClass("local")), want: byHandOnly + `its StorageClass "local" provisions none`, passing: true},
		"class that provisions none later": {claim: claimIn(pending, ofClass("local-w")), want: `can never be bound on Fargate: its StorageClass "local-w" waits until the pod is scheduled (volumeBindingMode: WaitForFirstConsumer), and Fargate schedules no pod whose claim isn't bound`},
		"class that isn't there":           {claim: claimIn(pending, ofClass("gone")), want: byHandOnly + `its StorageClass "gone" does not exist`, passing: true},
		"class fails":                      {claim: claimIn(pending, ofClass("failing")), want: `is not bound, and its StorageClass "failing" could not be looked up: the cache has not synced`, remedy: "try again"},
		"no default class":                 {claim: claimIn(pending), want: byHandOnly + "it names no StorageClass and the cluster has no default one", passing: true},

		// What is only written, and in no cluster yet, may be bound by then.
		"class of EFS, only written": {claim: claimIn(written, ofClass("efs"))},
		"static only, only written":  {claim: claimIn(written, ofClass(""))},
		"waits for EFS, as written":  {claim: claimIn(written, ofVolume("efs"))},
	}
}
