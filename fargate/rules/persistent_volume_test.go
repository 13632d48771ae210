package rules

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
)

const claimField = "spec.volumes[1].persistentVolumeClaim.claimName"

// claiming returns a pod in namespace "apps" that mounts a Secret and claim "x".
func claiming(reader cluster.Reader, template bool) *Pod {
	p := onFargate(&corev1.Pod{Spec: corev1.PodSpec{Volumes: []corev1.Volume{
		{Name: "secret", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "x"}}},
		{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}},
	}}})
	p.Namespace, p.Cluster, p.Template = "apps", reader, template
	return p
}

// checkClaim checks what is wrong with claim "x"; nothing if want is empty.
func checkClaim(t *testing.T, p *Pod, want, remedy string) {
	t.Helper()
	if want == "" {
		checkFindings(t, PersistentVolume, p)
		return
	}
	message := `volume "data" must not use claim "x", which ` + want
	if strings.Contains(want, notSynced) {
		message = `volume "data" could not be checked: claim "x" ` + want
	}
	checkRemedy(t, checkFindings(t, PersistentVolume, p, finds(message, claimField)), remedy)
}

func checkRemedy(t *testing.T, findings []Finding, want string) {
	t.Helper()
	for _, f := range findings {
		if !strings.Contains(f.Remedy, want) {
			t.Errorf("remedy %q lacks %q", f.Remedy, want)
		}
	}
}

func TestPersistentVolume(t *testing.T) {
	for name, c := range claimCases() {
		t.Run(name, func(t *testing.T) {
			reader := storageCluster(c.claim)
			checkClaim(t, claiming(reader, false), c.want, c.remedy)
			if c.passing {
				c.want = ""
			}
			checkClaim(t, claiming(reader, true), c.want, c.remedy)
		})
	}
}

// A claim that doesn't exist is refused; one that may exist elsewhere is not, and one that can't be
// looked up is warned about (P8).
func TestPersistentVolumeUnknown(t *testing.T) {
	t.Run("nothing known of the cluster", func(t *testing.T) { checkClaim(t, claiming(nil, false), "", "") })
	t.Run("no claim in the manifests", func(t *testing.T) {
		checkClaim(t, claiming(&fargatetest.Cluster{Manifests: true}, false), "", "")
	})
	t.Run("no claim of that name (F4.11)", func(t *testing.T) {
		// The one in another namespace doesn't count (S22).
		other := claimIn(corev1.ClaimBound, ofVolume("efs"))
		other.Namespace = "web"
		checkClaim(t, claiming(storageCluster(other), false),
			"does not exist; Fargate does not look again when it is created and bound later", "create the claim first")
		checkClaim(t, claiming(storageCluster(other), true), "", "")
	})
	t.Run("look-up fails", func(t *testing.T) {
		reader := &fargatetest.Cluster{Err: errors.New("the cache has not synced"), Broken: []string{"x"}}
		for _, template := range []bool{false, true} {
			checkClaim(t, claiming(reader, template), notSynced, "bound to a volume of driver efs.csi.aws.com")
		}
	})
	t.Run("volume or class not in the manifests", func(t *testing.T) {
		for _, claim := range []*corev1.PersistentVolumeClaim{
			claimIn(corev1.ClaimBound, ofVolume("v")), claimIn("", ofVolume("v")), claimIn(corev1.ClaimPending, ofClass("c")), claimIn("", ofClass("c")),
		} {
			reader := &fargatetest.Cluster{Manifests: true}
			reader.Objects = append(reader.Objects, claim)
			for _, template := range []bool{false, true} {
				checkClaim(t, claiming(reader, template), "", "")
			}
		}
	})
}

// Two volumes of one claim are one finding with two places.
func TestPersistentVolumeNamesEveryVolume(t *testing.T) {
	p := claiming(storageCluster(claimIn(corev1.ClaimBound, ofVolume("hostpath"))), false)
	again := p.Spec.Volumes[1]
	again.Name = "again"
	p.Spec.Volumes = append(p.Spec.Volumes, again)
	checkFindings(t, PersistentVolume, p, finds(
		`volumes "data", "again" must not use claim "x", which is bound to volume "hostpath" of type hostPath`+onlyEFS,
		claimField, "spec.volumes[2].persistentVolumeClaim.claimName"))
}

// The policy may allow more drivers (F4.21), which messages then name.
func TestPersistentVolumeAllowedDriver(t *testing.T) {
	for want, claim := range map[string]*corev1.PersistentVolumeClaim{
		"": claimIn(corev1.ClaimBound, ofVolume("s3")),
		`is bound to volume "ebs" of driver ebs.csi.aws.com; Fargate mounts only efs.csi.aws.com and s3.csi.aws.com`: claimIn(corev1.ClaimBound, ofVolume("ebs")),
		"is not bound yet" + notAgain: claimIn(corev1.ClaimPending, ofClass("s3")),
	} {
		p := claiming(storageCluster(claim), false)
		p.Settings.AllowedVolumeDrivers = []string{"s3.csi.aws.com"}
		checkClaim(t, p, want, "")
	}
}
