package traffic

import (
	"slices"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

func TestBackendsNameASureOneAndCountTheRest(t *testing.T) {
	n := namespaceOf(policy.LabelsInject, fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate")))
	n.Cluster = fargatetest.In("apps", fargatetest.Service("web", map[string]string{"app": "web"}))
	known, later, sooner := n.Backend("web", ""), n.Backend("later", ""), n.Backend("sooner", "")
	uncertain := namespaceOf(policy.LabelsOff, fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate")))
	uncertain.Cluster = n.Cluster
	possible := uncertain.Backend("web", "")
	for want, backends := range map[string]Backends{
		`a pod with the labels that Service "web" selects would run on Fargate (profile apps)`:                                                                                             {&known},
		`Service "web" may select pods that run on Fargate: Fargate profile "apps" takes those of its pods that also have the labels run: on-fargate`:                                      {&possible},
		`Service "web" may select pods that run on Fargate: Fargate profile "apps" takes those of its pods that also have the labels run: on-fargate; 1 more Service may select such pods`: {&possible, &possible},
		`Service "later" is not known and may select pods that run on Fargate (profile apps)`:                                                                                              {&later},
		`Service "later" is not known and may select pods that run on Fargate (profile apps); the same is true of 1 more Service`:                                                          {&later, &sooner},
		`a pod with the labels that Service "web" selects would run on Fargate (profile apps); 2 more Services may select such pods`:                                                       {&later, &known, &sooner},
		`a pod with the labels that Service "web" selects would run on Fargate (profile apps); the same is true of 1 more Service`:                                                         {&known, &known},
		`a pod with the labels that Service "web" selects would run on Fargate (profile apps); the same is true of 1 more Service; 1 more Service may select such pods`:                    {&known, &later, &known},
	} {
		if got := backends.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if got, want := backends.Surely(), slices.Contains(backends, &known); got != want {
			t.Errorf("%s: surely %v, want %v", backends, got, want)
		}
	}
}
