package registration

import (
	"fmt"

	"sigs.k8s.io/yaml"

	"fargate-webhook/profiles"
)

// Manifests returns both configurations as YAML documents, as a Registrar applies them, for a
// static registration.
func Manifests(options Options, index *profiles.Index, caBundle []byte) ([]byte, error) {
	var text []byte
	for _, configuration := range []any{Validating(options, index, caBundle), Mutating(options, index, caBundle)} {
		document, err := yaml.Marshal(configuration)
		if err != nil {
			return nil, fmt.Errorf("encode a webhook configuration: %w", err)
		}
		text = append(append(text, "---\n"...), document...)
	}
	return text, nil
}
