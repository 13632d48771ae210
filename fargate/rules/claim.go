package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"fargate-webhook/fargate/cluster"
)

const (
	// noProvisioner is the provisioner of classes whose volumes are created by hand.
	noProvisioner = "kubernetes.io/no-provisioner"

	fixClass = "use a StorageClass of provisioner " + efsDriver + " with volumeBindingMode: Immediate, or run the pod on EC2 nodes"
	fixRetry = "bind the claim first; a controller then creates its pod again, create any other pod again once `kubectl get pvc` shows Bound"
)

// problem is why a claim can't be used by a pod on Fargate.
type problem struct {
	// text continues after the claim: "is being deleted".
	text string
	// fix is empty where the rule's own applies.
	fix string
	// passing is true for what may be solved when a pod is created later.
	passing bool
	// unchecked is true if it could not be looked up whether the claim can be used.
	unchecked bool
}

// lookUpProblem returns the problem of a look-up. NotFound returns missing; NotGiven returns nil;
// any other error is a problem of its own. lead comes before "could not be looked up".
func lookUpProblem(err error, lead string, missing problem) *problem {
	if cluster.IsNotGiven(err) {
		return nil
	}
	if apierrors.IsNotFound(err) {
		return &missing
	}
	return &problem{text: fmt.Sprintf("%scould not be looked up: %v", lead, err), fix: "make sure that the claim is bound to a volume of driver " + efsDriver, unchecked: true}
}

// claimProblem returns what is wrong with a claim, nil for nothing. A claim without a phase comes
// from a manifest: what it will be bound to isn't known.
func (p *Pod) claimProblem(name string) *problem {
	claim, err := cluster.Get[*corev1.PersistentVolumeClaim](p.Cluster, cluster.PersistentVolumeClaims, p.Namespace, name)
	var found *problem
	switch {
	case err != nil:
		found = lookUpProblem(err, "", problem{
			text: "does not exist; Fargate does not look again when it is created and bound later",
			fix:  "create the claim first; a controller then creates its pod again", passing: true,
		})
	case claim.DeletionTimestamp != nil:
		found = &problem{text: "is being deleted", fix: "create the claim again when it is gone, or name another one", passing: true}
	case claim.Status.Phase == corev1.ClaimLost:
		found = &problem{text: "is Lost: the volume that it was bound to is gone", fix: "create the claim again, for a volume of driver " + efsDriver}
	case claim.Status.Phase == corev1.ClaimBound && claim.Spec.VolumeName != "":
		found = p.volumeProblem(claim.Spec.VolumeName, true)
	default:
		found = p.unboundProblem(claim)
	}
	if found != nil && found.passing && (p.Template || claim != nil && claim.Status.Phase == "") {
		return nil
	}
	return found
}

// unboundProblem says whether a claim can ever be bound to a volume that Fargate mounts.
func (p *Pod) unboundProblem(claim *corev1.PersistentVolumeClaim) *problem {
	if name := claim.Spec.VolumeName; name != "" {
		if found := p.volumeProblem(name, false); found != nil {
			return found
		}
		return &problem{text: fmt.Sprintf("is not bound to volume %q yet; Fargate does not look again when it is", name), fix: fixRetry, passing: true}
	}
	className, named := className(claim)
	if named && className == "" {
		return waitsForVolume(`its storageClassName is ""`)
	}
	class, err := cluster.Get[*storagev1.StorageClass](p.Cluster, cluster.StorageClasses, "", className)
	if err != nil {
		missing, lead := waitsForVolume(fmt.Sprintf("its StorageClass %q does not exist", className)), fmt.Sprintf("is not bound, and its StorageClass %q ", className)
		if !named {
			missing, lead = waitsForVolume("it names no StorageClass and the cluster has no default one"), "is not bound, and the default StorageClass "
		}
		return lookUpProblem(err, lead, *missing)
	}
	return p.classProblem(class)
}

// classProblem says what becomes of an unbound claim of a class.
func (p *Pod) classProblem(class *storagev1.StorageClass) *problem {
	driver := class.Provisioner
	switch {
	case driver != noProvisioner && !p.mountsDriver(driver):
		fix := fixFor(driver)
		if fix == "" {
			fix = fixClass
		}
		return &problem{
			text: fmt.Sprintf("Fargate can never mount: its StorageClass %q provisions volumes of %s, and Fargate mounts only %s", class.Name, driver, p.mountedDrivers()),
			fix:  fix,
		}
	case class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer:
		return &problem{
			text: fmt.Sprintf("can never be bound on Fargate: its StorageClass %q waits until the pod is scheduled (volumeBindingMode: "+
				"WaitForFirstConsumer), and Fargate schedules no pod whose claim isn't bound", class.Name),
			fix: fixClass,
		}
	case driver == noProvisioner:
		return waitsForVolume(fmt.Sprintf("its StorageClass %q provisions no volumes", class.Name))
	}
	return &problem{text: "is not bound yet; Fargate does not look again when it is", fix: fixRetry, passing: true}
}

func waitsForVolume(reason string) *problem {
	return &problem{text: "is not bound and waits for a PersistentVolume that somebody creates: " + reason, fix: fixRetry, passing: true}
}

// className returns the name of a claim's StorageClass, and whether the claim sets one: otherwise
// it gets the default class.
func className(claim *corev1.PersistentVolumeClaim) (name string, named bool) {
	if name, named = claim.Annotations[corev1.BetaStorageClassAnnotation]; named {
		return name, true
	}
	if claim.Spec.StorageClassName == nil {
		return "", false
	}
	return *claim.Spec.StorageClassName, true
}
