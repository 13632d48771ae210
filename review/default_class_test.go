package review_test

import (
	"strings"
	"testing"

	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// A claim that names no class gets the default one, which the manifests may not have: that it can't
// be mounted is likely, and so a warning.
func TestClaimWithoutClass(t *testing.T) {
	const (
		claim    = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce]%s}\n---\n"
		pod      = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}\n---\n"
		set      = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, volumeClaimTemplates: [{metadata: {name: d}, spec: {%s}}]}\n---\n"
		class    = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: k, annotations: {storageclass.kubernetes.io/is-default-class: '%s'}}\nprovisioner: %s\n"
		ofClaim  = `Warn volume "d" (claim "data") will probably not be mounted: no StorageClass is named, and the default one, which is not among the manifests, is most often of Amazon EBS on EKS`
		ofTempl  = `Warn claim template "d" will probably not be mounted: no StorageClass is named, and the default one, which is not among the manifests, is most often of Amazon EBS on EKS`
		ofName   = `Warn volume "d" (claim "data") will probably not be mounted: StorageClass "gp3", which is not among the manifests, is of Amazon EBS on EKS`
		late     = `Warn volume "d" (claim "data") may be mounted too late: Amazon EFS provisions the volume after the claim is created, and Fargate doesn't look again at a pod whose claim wasn't bound`
		dynamic  = "parameters: {provisioningMode: efs-ap}\n"
		volume   = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {csi: {driver: efs.csi.aws.com, volumeHandle: fs-1}, claimRef: {name: data, namespace: default}}\n---\n"
		anything = "*"
	)
	put := func(format string, values ...string) string {
		for _, value := range values {
			format = strings.Replace(format, "%s", value, 1)
		}
		return format
	}
	claimOf := func(name string) string {
		return strings.Replace(put(claim, ", volumeName: v"), "name: data", "name: "+name, 1) + volume
	}
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"claim":                     {put(claim, "") + pod, ofClaim},
		"claim template":            {put(set, ""), ofTempl},
		"claim template, no claims": {strings.Replace(put(set, ""), "volumeClaimTemplates", "x", 1), ""},
		"another class marked":      {put(claim, "") + pod + put(class, "false", "ebs.csi.aws.com"), ofClaim},
		"default of EFS":            {put(claim, "") + pod + put(class, "true", "efs.csi.aws.com") + dynamic, late},
		"default of EBS":            {put(claim, "") + pod + put(class, "true", "ebs.csi.aws.com"), anything},
		"class of EBS named":        {put(claim, ", storageClassName: gp3") + pod, ofName},
		"class of EBS given":        {put(claim, ", storageClassName: gp3") + pod + strings.ReplaceAll(put(class, "false", "efs.csi.aws.com"), "name: k", "name: gp3") + dynamic, late},
		"class of EFS, static":      {put(claim, ", storageClassName: k") + pod + put(class, "false", "efs.csi.aws.com"), ""},
		"class of EFS, volume":      {put(claim, ", storageClassName: k") + pod + volume + put(class, "false", "efs.csi.aws.com") + dynamic, ""},
		"template, class of EBS":    {put(set, "storageClassName: gp2"), strings.NewReplacer(`volume "d" (claim "data")`, `claim template "d"`, "gp3", "gp2").Replace(ofName)},
		"class named":               {put(claim, ", storageClassName: efs") + pod, ""},
		"no class wanted":           {put(claim, ", storageClassName: ''") + pod, ""},
		"volume named":              {put(claim, ", volumeName: v") + pod, ""},
		"template, claims given":    {put(set, "") + claimOf("d-s-0"), ""},
		"template, one claim given": {strings.Replace(put(set, ""), "spec: {sel", "spec: {replicas: 2, sel", 1) + claimOf("d-s-0"), ofTempl},
		"template, from ordinal 1":  {strings.Replace(put(set, ""), "spec: {sel", "spec: {ordinals: {start: 1}, sel", 1) + claimOf("d-s-1"), ""},
		"template, such a claim":    {put(set, "") + strings.Replace(put(claim, ""), "name: data", "name: d-s-0", 1), ofTempl},
		"template, volume reserved": {put(set, "storageClassName: k") + strings.Replace(volume, "name: data", "name: d-s-0", 1) + put(class, "false", "efs.csi.aws.com") + dynamic, ""},
		"template, another's":       {put(set, "storageClassName: k") + volume + put(class, "false", "efs.csi.aws.com") + dynamic, strings.Replace(late, `volume "d" (claim "data")`, `claim template "d"`, 1)},
		"template with a class":     {put(set, "storageClassName: efs"), ""},
		"claim not given":           {pod, ""},
	} {
		t.Run(name, func(t *testing.T) {
			items, problems := newReviewer(t).File("in.yaml", []byte(c.text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := claimFindings(items); c.want == anything && (!strings.HasPrefix(got, "Deny ") || strings.Contains(got, "\n")) || c.want != anything && got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	reviewer := newReviewer(t)
	reviewer.Policy.AllowedVolumeDrivers = []string{"ebs.csi.aws.com"}
	if items, problems := reviewer.File("in.yaml", []byte(put(claim, "")+pod)); len(problems) > 0 || claimFindings(items) != "" {
		t.Errorf("where EBS is allowed: %s, %v", claimFindings(items), problems)
	}
}

// claimFindings returns action and message of the findings about claims, a line each.
func claimFindings(items []review.Item) string {
	var all []string
	for i := range items {
		for _, f := range items[i].Findings {
			if f.Rule == policy.RuleID("persistent-volume") || f.Rule == policy.RuleID("storage-class-unknown") {
				all = append(all, string(f.Action)+" "+f.Message)
			}
		}
	}
	return strings.Join(all, "\n")
}
