package handlers

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
)

// Paths of our handlers for pods.
var (
	MutatePath   = kinds.Pods.MutatePath()
	ValidatePath = kinds.Pods.ValidatePath()
)

// fixed are profiles that don't change.
type fixed struct{ index *profiles.Index }

func (fixed) Ready() error               { return nil }
func (f fixed) Index() *profiles.Index   { return f.index }
func (fixed) Earlier() []*profiles.Index { return nil }

// Ours returns our handlers, with the default policy and the profile of [bodies.Profiles]. They look
// nothing up.
func Ours(ctx context.Context) (map[string]http.Handler, error) {
	folder, err := os.MkdirTemp("", "profiles-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // in the folder for such files
	path := filepath.Join(folder, "profiles.yaml")
	if err := os.WriteFile(path, []byte(bodies.Profiles(bodies.Namespace)), 0o600); err != nil {
		return nil, err
	}
	list, err := file.New(path).List(ctx)
	if err != nil {
		return nil, err
	}
	log, err := audit.Open(audit.Options{})
	if err != nil {
		return nil, err
	}
	return webhook.Handlers(webhook.Dependencies{Profiles: fixed{profiles.NewIndex(list)}, Policy: policy.Default(), Audit: log, Logger: zap.NewNop()}), nil
}
