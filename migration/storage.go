package migration

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

const (
	efsDriver     = "efs.csi.aws.com"
	ebsDriver     = "ebs.csi.aws.com"
	ebsInTree     = "kubernetes.io/aws-ebs"
	autoEBSDriver = "ebs.csi.eks.amazonaws.com"
)

// fileSystem is about Amazon EFS, which Fargate mounts by itself (F4.21).
var fileSystem = &Note{
	Rule: rules.Rule{
		ID: "efs-driver", Default: policy.Warn, Severity: rules.High,
		Title:      "nodes need the EFS driver, which Fargate has built in",
		What:       "A PersistentVolume or StorageClass of the driver efs.csi.aws.com.",
		Why:        "A node mounts such volumes only if the DaemonSet of the driver runs on it. Without it pods hang in ContainerCreating.",
		Fix:        "install the add-on aws-efs-csi-driver before pods move; data of one pod alone may move to Amazon EBS, which Fargate doesn't mount",
		References: []string{"Amazon EKS user guide, “Use elastic file system storage with Amazon EFS”"},
		Facts:      []string{"F3.13", "F4.21", "F11.7"},
	},
	find: func(s *Subject, target Target) []place {
		field := ""
		switch o := s.Object.(type) {
		case *corev1.PersistentVolume:
			if o.Spec.CSI != nil && o.Spec.CSI.Driver == efsDriver {
				field = "spec.csi.driver"
			}
		case *storagev1.StorageClass:
			if o.Provisioner == efsDriver {
				field = "provisioner"
			}
		}
		if field == "" || !s.OnFargate {
			return nil
		}
		return []place{{field: field, problem: fmt.Sprintf("Fargate mounts volumes of %s by itself; %s need the DaemonSet of the driver", efsDriver, target.nodes())}}
	},
}

// blockStorage is about classes of Amazon EBS that EKS Auto Mode doesn't serve (F11.7).
var blockStorage = &Note{
	Only: AutoMode,
	Rule: rules.Rule{
		ID: "ebs-provisioner", Default: policy.Warn, Severity: rules.High,
		Title:      "EKS Auto Mode has a provisioner of its own for Amazon EBS",
		What:       "A StorageClass has the provisioner ebs.csi.aws.com or kubernetes.io/aws-ebs.",
		Why:        "EKS Auto Mode serves classes with the provisioner ebs.csi.eks.amazonaws.com only. Its nodes don't run the other driver, and neither mounts volumes of the other.",
		Fix:        "create a StorageClass with provisioner ebs.csi.eks.amazonaws.com and name it in the claims; move existing volumes by snapshots",
		References: []string{"Amazon EKS user guide, “Create a storage class”", "https://github.com/awslabs/eks-auto-mode-ebs-migration-tool"},
		Facts:      []string{"F11.7"},
	},
	find: func(s *Subject, _ Target) []place {
		class, ok := s.Object.(*storagev1.StorageClass)
		if !ok || !s.OnFargate || class.Provisioner != ebsDriver && class.Provisioner != ebsInTree {
			return nil
		}
		return []place{{field: "provisioner", problem: fmt.Sprintf("provisioner %q must be %q for pods on EKS Auto Mode", class.Provisioner, autoEBSDriver)}}
	},
}
