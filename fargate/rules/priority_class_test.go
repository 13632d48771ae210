package rules

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
)

func TestPriorityClass(t *testing.T) {
	const problem = "spec.priorityClassName (batch) will be overwritten on Fargate: EKS sets system-node-critical"
	scoped := func(name string, scope corev1.ResourceQuotaScope) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: fixtures.Namespace, Name: name}, Spec: corev1.ResourceQuotaSpec{ScopeSelector: &corev1.ScopeSelector{
			MatchExpressions: []corev1.ScopedResourceSelectorRequirement{{ScopeName: scope, Operator: corev1.ScopeSelectorOpIn, Values: []string{"batch"}}},
		}}}
	}
	plain := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: fixtures.Namespace, Name: "a"}}
	other, byClass := scoped("b", corev1.ResourceQuotaScopeBestEffort), scoped("by-class", corev1.ResourceQuotaScopePriorityClass)
	ofEKS, every := scoped("of-eks", corev1.ResourceQuotaScopePriorityClass), scoped("every", corev1.ResourceQuotaScopePriorityClass)
	ofEKS.Spec.ScopeSelector.MatchExpressions[0].Values = []string{"system-node-critical"}
	every.Spec.ScopeSelector.MatchExpressions[0].Operator, every.Spec.ScopeSelector.MatchExpressions[0].Values = corev1.ScopeSelectorOpExists, nil
	for name, c := range map[string]struct {
		class string
		known *fargatetest.Cluster
		want  string
	}{
		"none":          {class: ""},
		"of Kubernetes": {class: "system-cluster-critical"},
		"own":           {class: "batch", want: problem},
		"other quotas":  {class: "batch", known: &fargatetest.Cluster{Objects: []metav1.Object{plain, other}}, want: problem},
		"not known":     {class: "batch", known: &fargatetest.Cluster{Err: errors.New("not synced")}, want: problem},
		"quota by class": {class: "batch", known: &fargatetest.Cluster{Objects: []metav1.Object{plain, byClass}},
			want: problem + `, so that ResourceQuota "by-class", which is for pods of class batch, doesn't count the pod`},
		"quota of another class": {class: "high", known: &fargatetest.Cluster{Objects: []metav1.Object{byClass}}, want: strings.Replace(problem, "batch", "high", 1)},
		"quota of EKS's class": {class: "high", known: &fargatetest.Cluster{Objects: []metav1.Object{byClass, ofEKS}},
			want: strings.Replace(problem, "batch", "high", 1) + `, so that ResourceQuota "of-eks", which is for pods of that class, counts the pod`},
		"quota of every class": {class: "high", known: &fargatetest.Cluster{Objects: []metav1.Object{every}}, want: strings.Replace(problem, "batch", "high", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			pod := fixtures.Pod()
			pod.Spec.PriorityClassName = c.class
			p := onFargate(pod)
			if c.known != nil {
				p.Cluster = c.known
			}
			var want []Finding
			if c.want != "" {
				want = append(want, finds(c.want, "spec.priorityClassName"))
			}
			checkFindings(t, PriorityClass, p, want...)
		})
	}
}
