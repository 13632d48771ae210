package registration

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"fargate-webhook/profiles"
)

// client has the methods of both typed clients. C is the type of the configuration, A its apply
// configuration.
type client[C, A any] interface {
	Get(ctx context.Context, name string, options metav1.GetOptions) (C, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
	Patch(ctx context.Context, name string, kind types.PatchType, data []byte, options metav1.PatchOptions, subresources ...string) (C, error)
	Apply(ctx context.Context, configuration A, options metav1.ApplyOptions) (C, error)
}

// managed is a webhook configuration during a run of the Registrar.
type managed struct {
	kind, name string
	build      func(options Options, index *profiles.Index, caBundle []byte) any
	// get returns nil if the configuration does not exist.
	get   func(ctx context.Context) (*shape, error)
	apply func(ctx context.Context, configuration any) (*shape, error)
	patch func(ctx context.Context, jsonPatch []byte) error
	watch func(ctx context.Context) (watch.Interface, error)

	// applied is the shape that was applied last, nil before the first apply.
	applied *shape
	backoff backoff
}

func newManaged[C, A any](kind, name string, hooks client[C, A], build func(Options, *profiles.Index, []byte) A) *managed {
	read := func(configuration C, err error) (*shape, error) {
		if err != nil {
			return nil, err
		}
		return shapeOf(configuration)
	}
	return &managed{
		kind: kind, name: name,
		build: func(options Options, index *profiles.Index, caBundle []byte) any {
			return build(options, index, caBundle)
		},
		get: func(ctx context.Context) (*shape, error) {
			live, err := read(hooks.Get(ctx, name, metav1.GetOptions{}))
			if apierrors.IsNotFound(err) {
				return nil, nil //nolint:nilnil // a missing configuration is not an error
			}
			return live, err
		},
		apply: func(ctx context.Context, configuration any) (*shape, error) {
			typed, ok := configuration.(A)
			if !ok {
				return nil, fmt.Errorf("%T is not the apply configuration of a %s", configuration, kind)
			}
			return read(hooks.Apply(ctx, typed, metav1.ApplyOptions{FieldManager: fieldManager, Force: true}))
		},
		patch: func(ctx context.Context, jsonPatch []byte) error {
			_, err := hooks.Patch(ctx, name, types.JSONPatchType, jsonPatch, metav1.PatchOptions{FieldManager: fieldManager})
			return err
		},
		watch: func(ctx context.Context) (watch.Interface, error) {
			return hooks.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
		},
	}
}

// applyExactly applies the configuration and removes what others added to our webhooks. Server-side
// apply keeps added fields, or refuses the apply if they conflict with ours. In both cases the
// changed webhooks are removed and applied again.
func (k *managed) applyExactly(ctx context.Context, configuration any, want *shape) error {
	live, err := k.apply(ctx, configuration)
	switch {
	case apierrors.IsInvalid(err):
		refused := err
		if live, err = k.get(ctx); err != nil || live == nil {
			return fmt.Errorf("apply the %s %s: %w", k.kind, k.name, refused)
		}
	case err != nil:
		return fmt.Errorf("apply the %s %s: %w", k.kind, k.name, err)
	case len(want.drift(live)) == 0:
		return nil
	}
	patch, err := want.removalPatch(live)
	if err != nil {
		return fmt.Errorf("encode a patch of the %s %s: %w", k.kind, k.name, err)
	}
	if err := k.patch(ctx, patch); err != nil {
		return fmt.Errorf("remove fields that others added to the %s %s: %w", k.kind, k.name, err)
	}
	if _, err := k.apply(ctx, configuration); err != nil {
		return fmt.Errorf("apply the %s %s: %w", k.kind, k.name, err)
	}
	return nil
}
