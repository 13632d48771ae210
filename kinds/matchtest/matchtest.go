// Package matchtest compiles and evaluates match conditions with the code of the API server, for
// tests.
package matchtest

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"

	"fargate-webhook/kinds"
)

// Tester is a *testing.T or a *rapid.T.
type Tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// APIServer compiles and evaluates match conditions.
type APIServer struct{ compiler plugincel.Compiler }

// New returns an API server of the version of its module.
func New() *APIServer { return Of(environment.DefaultCompatibilityVersion()) }

// Of returns an API server of a version.
func Of(v *version.Version) *APIServer {
	return &APIServer{compiler: plugincel.NewCompiler(environment.MustBaseEnvSet(v))}
}

// Compile compiles conditions as the API server does when a configuration is written.
func (s *APIServer) Compile(t Tester, conditions []kinds.Condition) matchconditions.Matcher {
	t.Helper()
	var results []plugincel.CompilationResult
	for _, c := range conditions {
		result := s.compiler.CompileCELExpression(&matchconditions.MatchCondition{Name: c.Name, Expression: c.Expression},
			plugincel.OptionalVariableDeclarations{HasAuthorizer: true}, environment.NewExpressions)
		if result.Error != nil {
			t.Fatalf("%s: %.500s does not compile: %v", c.Name, c.Expression, result.Error)
		}
		results = append(results, result)
	}
	fail := admissionv1.Fail
	return matchconditions.NewMatcher(plugincel.NewCondition(results), &fail, "test", "test", "test")
}

// Match evaluates conditions for a request.
func Match(m matchconditions.Matcher, attributes *admission.VersionedAttributes) matchconditions.MatchResult {
	return m.Match(context.Background(), attributes, nil, nil)
}

// Attributes returns those of a request for an object, nil for none. Our conditions don't depend on
// its kind.
func Attributes(object, old runtime.Object, operation, namespace string) *admission.VersionedAttributes {
	kind, resource := corev1.SchemeGroupVersion.WithKind("Pod"), corev1.SchemeGroupVersion.WithResource("pods")
	record := admission.NewAttributesRecord(object, old, kind, namespace, "name", resource, "", admission.Operation(operation), nil, false, &user.DefaultInfo{Name: "kim"})
	attributes := &admission.VersionedAttributes{Attributes: record, VersionedKind: kind}
	if object != nil {
		attributes.VersionedObject.Set(object)
	}
	if old != nil {
		attributes.VersionedOldObject.Set(old)
	}
	return attributes
}
