// Package volume names the types of volumes and of PersistentVolumes.
package volume

import corev1 "k8s.io/api/core/v1"

// Source returns the type of a volume as manifests spell it: "hostPath". It is "" for a
// volume without one, which the API server makes an emptyDir, and for a type that is newer than our
// copy of the API.
func Source(v *corev1.VolumeSource) string {
	// Which of a volume's pointers is set: usual ones first.
	switch {
	case v.EmptyDir != nil:
		return "emptyDir"
	case v.Secret != nil:
		return "secret"
	case v.ConfigMap != nil:
		return "configMap"
	case v.Projected != nil:
		return "projected"
	case v.DownwardAPI != nil:
		return "downwardAPI"
	case v.PersistentVolumeClaim != nil:
		return "persistentVolumeClaim"
	case v.NFS != nil:
		return "nfs"
	case v.HostPath != nil:
		return "hostPath"
	case v.CSI != nil:
		return "csi"
	case v.Ephemeral != nil:
		return "ephemeral"
	case v.Image != nil:
		return "image"
	}
	return otherSource(v)
}

// otherSource knows the types of other clouds and of former times.
func otherSource(v *corev1.VolumeSource) string {
	switch {
	case v.AWSElasticBlockStore != nil:
		return "awsElasticBlockStore"
	case v.AzureDisk != nil:
		return "azureDisk"
	case v.AzureFile != nil:
		return "azureFile"
	case v.CephFS != nil:
		return "cephfs"
	case v.Cinder != nil:
		return "cinder"
	case v.FC != nil:
		return "fc"
	case v.FlexVolume != nil:
		return "flexVolume"
	case v.Flocker != nil:
		return "flocker"
	case v.GCEPersistentDisk != nil:
		return "gcePersistentDisk"
	case v.GitRepo != nil:
		return "gitRepo"
	case v.Glusterfs != nil:
		return "glusterfs"
	case v.ISCSI != nil:
		return "iscsi"
	case v.PhotonPersistentDisk != nil:
		return "photonPersistentDisk"
	case v.PortworxVolume != nil:
		return "portworxVolume"
	case v.Quobyte != nil:
		return "quobyte"
	case v.RBD != nil:
		return "rbd"
	case v.ScaleIO != nil:
		return "scaleIO"
	case v.StorageOS != nil:
		return "storageos"
	case v.VsphereVolume != nil:
		return "vsphereVolume"
	}
	return ""
}
