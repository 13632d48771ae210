package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

// tableDate is when the table of versions was read.
const tableDate = "2026-11"

// release is a version of Kubernetes on EKS. Support is extended, at a higher price, for a year
// after standard support ends.
type release struct {
	minor    int // of 1.x
	standard time.Time
}

// extensionYears is how much longer extended support lasts.
const extensionYears = 1

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// releases are the versions that EKS supports, oldest first (F8.7).
var releases = []release{
	{31, on(2025, time.November, 26)},
	{32, on(2026, time.March, 23)},
	{33, on(2026, time.July, 29)},
	{34, on(2026, time.December, 2)},
	{35, on(2027, time.March, 27)},
	{36, on(2027, time.August, 2)},
}

var versionCheck = Check{
	ID: "kubernetes-version", Title: "EKS supports the cluster's version of Kubernetes",
	What: "The version of the API server, against the versions that EKS supported in " + tableDate + ". EKS upgrades a cluster by itself when " +
		"extended support ends, and asks a higher price before that.",
	Facts: []string{"F8.7"}, check: checkVersion,
}

func checkVersion(s *State) []Result {
	if r, failed := unread(s.ServerVersion); failed {
		return one(r)
	}
	version := s.ServerVersion.Value
	minor, ok := minorOf(version)
	if !ok {
		return skip(fmt.Sprintf("the API server's version %q isn't one of Kubernetes 1.x", version))
	}
	const upgrade = "upgrade the cluster, one minor version at a time"
	i := slices.IndexFunc(releases, func(r release) bool { return r.minor == minor })
	if i < 0 {
		if minor < releases[0].minor {
			return one(Result{Status: Fail, Message: fmt.Sprintf("EKS doesn't support Kubernetes 1.%d any more (list of %s)", minor, tableDate), Fix: upgrade})
		}
		return pass(fmt.Sprintf("Kubernetes 1.%d is newer than this program's list of %s", minor, tableDate))
	}
	standard, extended := releases[i].standard, releases[i].standard.AddDate(extensionYears, 0, 0)
	switch {
	case s.Now.After(extended):
		return one(Result{Status: Fail, Message: fmt.Sprintf("EKS's support of Kubernetes 1.%d ended on %s (list of %s)", minor, day(extended), tableDate), Fix: upgrade})
	case s.Now.After(standard):
		return one(Result{
			Status:  Warn,
			Message: fmt.Sprintf("Kubernetes 1.%d is in extended support, which costs more, until %s (list of %s)", minor, day(extended), tableDate), Fix: upgrade,
		})
	}
	return pass(fmt.Sprintf("Kubernetes 1.%d is in standard support until %s (list of %s)", minor, day(standard), tableDate))
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

// minorOf returns the minor version in a text such as v1.36.1-eks-0123456.
func minorOf(version string) (int, bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 || strings.TrimPrefix(parts[0], "v") != "1" {
		return 0, false
	}
	minor, err := strconv.Atoi(strings.TrimRight(parts[1], "+"))
	return minor, err == nil
}

var releaseCheck = Check{
	ID: "webhook-version", Title: "this program is as old as the webhook",
	What:  "The tag of the image that the Deployment runs, against this program's version. Another version may decide otherwise, and know other settings.",
	check: checkRelease,
}

func checkRelease(s *State) []Result {
	if r, failed := unread(s.Webhook); failed {
		return one(r)
	}
	if s.Webhook.Value == nil {
		return skip(fmt.Sprintf("no Deployment %s in namespace %s", DeploymentName, s.Namespace))
	}
	image := imageOf(s.Webhook.Value)
	tag := tagOf(image)
	switch {
	case tag == "" || !strings.HasPrefix(s.Version, "v"):
		return skip(fmt.Sprintf("the versions can't be compared: the Deployment runs %q, this program is %s", image, s.Version))
	case tag != s.Version:
		return one(Result{
			Status:  Warn,
			Message: fmt.Sprintf("the Deployment runs %s, this program is %s: they may decide differently", tag, s.Version),
			Fix:     "run doctor of version " + tag,
		})
	}
	return pass("the Deployment runs " + tag + ", as this program")
}

func imageOf(deployment *appsv1.Deployment) string {
	if containers := deployment.Spec.Template.Spec.Containers; len(containers) > 0 {
		return containers[0].Image
	}
	return ""
}

// tagOf returns the tag of an image that is a version, with its v; "" for none.
func tagOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if tag == "" || tag[0] != 'v' && (tag[0] < '0' || tag[0] > '9') {
		return ""
	}
	return "v" + strings.TrimPrefix(tag, "v")
}
