package lookups

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
)

// served is what the API server serves of the optional kinds.
type served struct {
	// judged are the versions of the kinds that are judged; kinds that are not served are left out.
	judged map[*kinds.Kind]string
	// lookedUp are the kinds that decisions look up.
	lookedUp map[*cluster.Kind]bool
}

// discovery asks the API server what it serves in a version such as apps/v1.
type discovery interface {
	ServerResourcesForGroupVersion(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
}

// discover asks the API server which of the kinds it serves. Of several versions the first counts.
func discover(ctx context.Context, client discovery, judged []*kinds.Kind, lookedUp []*cluster.Kind) (served, error) {
	found := served{judged: map[*kinds.Kind]string{}, lookedUp: map[*cluster.Kind]bool{}}
	r := resources{client: client, of: map[schema.GroupVersion]*metav1.APIResourceList{}}
	for _, k := range judged {
		version, err := r.first(ctx, k.Group, k.Resource, k.Versions...)
		if err != nil {
			return served{}, err
		}
		if version != "" {
			found.judged[k] = version
		}
	}
	for _, k := range lookedUp {
		version, err := r.first(ctx, k.Group, k.Resource, k.Version)
		if err != nil {
			return served{}, err
		}
		found.lookedUp[k] = version != ""
	}
	return found, nil
}

// Served asks the API server in which version it serves each optional kind of [kinds.Table]; kinds
// that are not served are left out.
func Served(ctx context.Context, client discovery) (map[*kinds.Kind]string, error) {
	judged, _ := optionalKinds()
	found, err := discover(ctx, client, judged, nil)
	return found.judged, err
}

// resources are those that the API server serves, by version. Each version is asked for once.
type resources struct {
	client discovery
	of     map[schema.GroupVersion]*metav1.APIResourceList
}

// first returns the first of the versions in which a resource is served, "" for none.
func (r *resources) first(ctx context.Context, group, resource string, versions ...string) (string, error) {
	for _, version := range versions {
		list, err := r.list(ctx, schema.GroupVersion{Group: group, Version: version})
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(list.APIResources, func(served metav1.APIResource) bool { return served.Name == resource }) {
			return version, nil
		}
	}
	return "", nil
}

func (r *resources) list(ctx context.Context, version schema.GroupVersion) (*metav1.APIResourceList, error) {
	if list, ok := r.of[version]; ok {
		return list, nil
	}
	list, err := r.client.ServerResourcesForGroupVersion(ctx, version.String())
	switch {
	case apierrors.IsNotFound(err):
		list = &metav1.APIResourceList{}
	case err != nil:
		return nil, fmt.Errorf("discover %s: %w", version, err)
	}
	r.of[version] = list
	return list, nil
}
