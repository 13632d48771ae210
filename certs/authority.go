package certs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/owner"
	"fargate-webhook/internal/secretpath"
	"fargate-webhook/internal/survive"
	"fargate-webhook/internal/wake"
)

const (
	// secretResync is how often the Secret is compared without a notice of a change.
	secretResync = 10 * time.Second
	managedBy    = "app.kubernetes.io/managed-by"
)

// errNoAuthority is the error of a signature before the first CA.
var errNoAuthority = errors.New("the CA was not read yet")

// secretAuthority is the authority with its CA in a Secret.
type secretAuthority struct {
	client          kube.Interface
	namespace, name string
	owners          owner.References
	watches         watches
	signer          // empty until the Secret was read
}

func newSecretAuthority(client kube.Interface, namespace, name string, owners owner.References) *secretAuthority {
	return &secretAuthority{client: client, namespace: namespace, name: name, owners: owners}
}

// Run watches the Secret until ctx ends, creates it if it is missing, and replaces an unusable CA.
func (s *secretAuthority) Run(ctx context.Context) error {
	log := logr.FromContextOrDiscard(ctx).WithValues("secret", s.namespace+"/"+s.name)
	changed := make(chan struct{}, 1)
	notify := func(any) { wake.Notify(changed) }
	secrets := cache.NewSharedIndexInformer(s.client.ListerWatcher(corev1.SchemeGroupVersion.WithResource("secrets"), s.namespace,
		fields.OneTermEqualSelector(metav1.ObjectNameField, s.name).String()), &corev1.Secret{}, 0, cache.Indexers{})
	if _, err := secrets.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: notify, UpdateFunc: func(_, _ any) { wake.Notify(changed) }, DeleteFunc: notify,
	}); err != nil {
		return fmt.Errorf("watch Secret %s/%s: %w", s.namespace, s.name, err)
	}
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { secrets.RunWithContext(ctx) })
	select {
	case <-ctx.Done():
		return nil
	case <-secrets.HasSyncedChecker().Done(): // WaitForCacheSync would look every 100ms only
	}
	resync := time.NewTicker(secretResync)
	defer resync.Stop()
	for {
		err := survive.Call(func() error {
			known, _, err := secrets.GetStore().GetByKey(s.namespace + "/" + s.name)
			if err != nil {
				return err
			}
			secret, _ := known.(*corev1.Secret) // nil if there is none
			return s.follow(ctx, log, secret)
		})
		if err != nil && ctx.Err() == nil {
			log.Error(err, "CA Secret not usable, retrying")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-resync.C:
		}
	}
}

// follow adopts the CA and the path of a Secret, or replaces what is unusable. secret is nil if
// there is none. The replacement is adopted when the watch delivers it, as that of another replica
// is.
func (s *secretAuthority) follow(ctx context.Context, log logr.Logger, secret *corev1.Secret) error {
	now := time.Now()
	renewed, reason := contents(nil), "there was none"
	if secret != nil {
		old := contents(secret.Data)
		ca, unusable := old.authority(now)
		noPath := secretpath.Check(string(old[pathFile]))
		switch {
		case unusable != nil:
			reason = unusable.Error()
		case noPath != nil:
			renewed, reason = old.withPath(now), noPath.Error()
		default:
			if s.adopt(ca, old.formerAuthority(now), string(old[pathFile])) {
				s.watches.notify()
			}
			return s.own(ctx, log, secret)
		}
	} else {
		secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: s.namespace, Name: s.name, Labels: map[string]string{managedBy: "fargate-webhook"},
		}}
	}
	if renewed == nil {
		ca, err := newCA(now)
		if err != nil {
			return fmt.Errorf("create a CA: %w", err)
		}
		renewed = contents(secret.Data).withCA(ca, now)
	}
	return s.write(ctx, log, secret, renewed, reason)
}

// own gives an owner to a Secret that has none, as one that was restored: uninstalling must delete
// it.
func (s *secretAuthority) own(ctx context.Context, log logr.Logger, secret *corev1.Secret) error {
	if len(secret.OwnerReferences) > 0 {
		return nil
	}
	owners, err := s.owners.Get(ctx)
	if err != nil || len(owners) == 0 {
		return err
	}
	owned := secret.DeepCopy()
	owned.OwnerReferences = owners
	return s.write(ctx, log, owned, contents(secret.Data), "it had no owner")
}

// write creates the Secret, or updates it if it has a resource version.
func (s *secretAuthority) write(ctx context.Context, log logr.Logger, secret *corev1.Secret, data contents, reason string) (err error) {
	secret = secret.DeepCopy()
	secret.Data = data
	if len(secret.OwnerReferences) == 0 {
		if secret.OwnerReferences, err = s.owners.Get(ctx); err != nil {
			return err
		}
	}
	client := s.client.Secrets(s.namespace)
	if secret.ResourceVersion == "" {
		_, err = client.Create(ctx, secret, metav1.CreateOptions{})
	} else {
		_, err = client.Update(ctx, secret, metav1.UpdateOptions{})
	}
	switch {
	case apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err): // another replica was faster
		return nil
	case err != nil:
		return err
	}
	log.Info("CA Secret written", "reason", reason)
	return nil
}

// WatchRotation adds a channel that gets a notice when another CA or path is adopted.
func (s *secretAuthority) WatchRotation(channel chan<- struct{}) { s.watches.add(channel) }

// StopWatchingRotation removes a channel.
func (s *secretAuthority) StopWatchingRotation(channel chan<- struct{}) { s.watches.remove(channel) }
