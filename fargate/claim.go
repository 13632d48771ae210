package fargate

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

const (
	// byHand is what the classes of volumes that nobody provisions name.
	byHand = "kubernetes.io/no-provisioner"

	// remedyClass and remedyRetry mend what is found more than once.
	remedyClass = "use a StorageClass of provisioner " + efsDriver + " with volumeBindingMode: Immediate, or run the pod on EC2 nodes"
	remedyRetry = "bind the claim first; the pod of a controller is then made again by it, create any other again once `kubectl get pvc` shows Bound"
)

// claimProblem is why a claim does not do for a pod on Fargate.
type claimProblem struct {
	// text goes on after the claim's name.
	text string
	// remedy is empty where the rule's own does.
	remedy string
	// passing is true for what may be gone when a pod comes later.
	passing bool
}

// lookUpProblem sorts the error of a look-up. What isn't there is the problem that is
// given; of what the manifests don't tell nothing is known; and a look-up that
// failed is never read as all right. lead leads to the words "could not".
func lookUpProblem(err error, lead string, missing claimProblem) *claimProblem {
	if _, ok := errors.AsType[*NotGivenError](err); ok {
		return nil
	}
	if apierrors.IsNotFound(err) {
		return &missing
	}
	return &claimProblem{text: fmt.Sprintf("%scould not be looked up: %v", lead, err), remedy: "try again"}
}

// namedClaim judges the claim of that name, nil when nothing is wrong with it.
// A claim without a phase is no cluster's but a manifest's: what it will be
// bound to isn't known.
func (s *subject) namedClaim(name string) *claimProblem {
	claim, err := s.request.Cluster.PersistentVolumeClaim(s.request.Namespace, name)
	var problem *claimProblem
	switch {
	case err != nil:
		problem = lookUpProblem(err, "", claimProblem{
			text:   "does not exist, and Fargate does not look again when it is made and bound later",
			remedy: "create the claim first; the pod of a controller is then made again by it", passing: true,
		})
	case claim.DeletionTimestamp != nil:
		problem = &claimProblem{text: "is being deleted", remedy: "make the claim again when it is gone, or name another", passing: true}
	case claim.Status.Phase == corev1.ClaimLost:
		problem = &claimProblem{text: "is Lost: the volume it was bound to is gone", remedy: "make the claim again, for a volume of driver " + efsDriver}
	case claim.Status.Phase == corev1.ClaimBound && claim.Spec.VolumeName != "":
		problem = s.volume(claim.Spec.VolumeName, true)
	default:
		problem = s.unboundClaim(claim)
	}
	if problem != nil && problem.passing && (s.template || claim != nil && claim.Status.Phase == "") {
		return nil
	}
	return problem
}

// unboundClaim says whether a claim can ever be bound to what Fargate mounts.
func (s *subject) unboundClaim(claim *corev1.PersistentVolumeClaim) *claimProblem {
	if name := claim.Spec.VolumeName; name != "" {
		if problem := s.volume(name, false); problem != nil {
			return problem
		}
		return &claimProblem{text: fmt.Sprintf("is not bound to volume %q yet, and Fargate does not look again when it is", name), remedy: remedyRetry, passing: true}
	}
	className, named := classOf(claim)
	if named && className == "" {
		return waitsByHand(`its storageClassName is ""`)
	}
	class, err := s.request.Cluster.StorageClass(className)
	if err != nil {
		missing, lead := waitsByHand(fmt.Sprintf("its StorageClass %q does not exist", className)), fmt.Sprintf("is not bound, and its StorageClass %q ", className)
		if !named {
			missing, lead = waitsByHand("it names no StorageClass and the cluster has no default one"), "is not bound, and the default StorageClass "
		}
		return lookUpProblem(err, lead, *missing)
	}
	return s.unprovisioned(class)
}

// unprovisioned says what becomes of an unbound claim of a class.
func (s *subject) unprovisioned(class *storagev1.StorageClass) *claimProblem {
	driver := class.Provisioner
	switch {
	case driver != byHand && !s.mountsDriver(driver):
		remedy := remedyFor(driver)
		if remedy == "" {
			remedy = remedyClass
		}
		return &claimProblem{
			text:   fmt.Sprintf("can never be used on Fargate: its StorageClass %q makes volumes of %s, and Fargate mounts %s only", class.Name, driver, s.mountedDrivers()),
			remedy: remedy,
		}
	case class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer:
		return &claimProblem{
			text: fmt.Sprintf("can never be bound on Fargate: its StorageClass %q waits until the pod is scheduled (volumeBindingMode: "+
				"WaitForFirstConsumer), and Fargate schedules no pod whose claim isn't bound", class.Name),
			remedy: remedyClass,
		}
	case driver == byHand:
		return waitsByHand(fmt.Sprintf("its StorageClass %q provisions none", class.Name))
	}
	return &claimProblem{text: "is not bound yet, and Fargate does not look again when it is", remedy: remedyRetry, passing: true}
}

func waitsByHand(reason string) *claimProblem {
	return &claimProblem{text: "is not bound and waits for a PersistentVolume to be made by hand: " + reason, remedy: remedyRetry, passing: true}
}

// classOf is the name of a claim's StorageClass, empty for none, and whether
// the claim says so: the default class is meant otherwise.
func classOf(claim *corev1.PersistentVolumeClaim) (name string, named bool) {
	if name, named = claim.Annotations[corev1.BetaStorageClassAnnotation]; named {
		return name, true
	}
	if claim.Spec.StorageClassName == nil {
		return "", false
	}
	return *claim.Spec.StorageClassName, true
}
