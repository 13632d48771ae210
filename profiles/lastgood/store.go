package lastgood

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/core/v1"
	metav1apply "k8s.io/client-go/applyconfigurations/meta/v1"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/owner"
	"fargate-webhook/profiles"
)

const (
	listKey      = "profiles.json"
	checksumKey  = "profiles.json.sha256"
	fieldManager = "fargate-webhook"
)

// Store stores the last good list of one source in a ConfigMap.
type Store struct {
	Client kube.Interface
	// Namespace and Name identify the ConfigMap.
	Namespace, Name string
	// Source identifies the cluster of the profiles. Load rejects the list of another source.
	Source string
	// Owners are the owners of the ConfigMap.
	Owners owner.References
}

// Load returns the list and the time when the source returned it. It implements profiles.Keep.
// Errors name the ConfigMap.
func (s *Store) Load(ctx context.Context) ([]profiles.Profile, time.Time, error) {
	kept, err := s.Client.ConfigMaps(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the ConfigMap %s/%s: %w", s.Namespace, s.Name, err)
	}
	text := kept.Data[listKey]
	if sum := checksum([]byte(text)); sum != kept.Data[checksumKey] {
		return nil, time.Time{}, s.refused(fmt.Errorf("%s does not match the checksum in %s", listKey, checksumKey))
	}
	list, listed, err := decode([]byte(text), s.Source, time.Now())
	if err != nil {
		return nil, time.Time{}, s.refused(err)
	}
	return list, listed, nil
}

// Save replaces the stored list. listed is when the source returned it.
func (s *Store) Save(ctx context.Context, list []profiles.Profile, listed time.Time) error {
	text, err := encode(s.Source, list, listed)
	if err != nil {
		return err
	}
	owners, err := s.Owners.Get(ctx)
	if err != nil {
		return err
	}
	// A server-side apply names the object in the request, so that RBAC can limit the right to
	// create it by name.
	kept := applyv1.ConfigMap(s.Name, s.Namespace).
		WithLabels(map[string]string{"app.kubernetes.io/name": "fargate-webhook"}).
		WithData(map[string]string{listKey: string(text), checksumKey: checksum(text)})
	for _, o := range owners {
		kept.WithOwnerReferences(metav1apply.OwnerReference().WithAPIVersion(o.APIVersion).WithKind(o.Kind).WithName(o.Name).WithUID(o.UID))
	}
	_, err = s.Client.ConfigMaps(s.Namespace).Apply(ctx, kept, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("write the ConfigMap %s/%s: %w", s.Namespace, s.Name, err)
	}
	return nil
}

func (s *Store) refused(err error) error {
	return fmt.Errorf("the list in the ConfigMap %s/%s is not used: %w", s.Namespace, s.Name, err)
}
