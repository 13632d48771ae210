package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// serve creates a ClusterIP Service for the first Deployment and shows that it leads to its pods.
func (s *stage) serve(ctx context.Context) (differences []string, err error) {
	say(s.out, "--- A ClusterIP Service for pods on Fargate: it works\n")
	const selector = "app=web"
	pods, err := s.cluster.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	var want []string
	for i := range pods.Items {
		want = append(want, pods.Items[i].Status.PodIP)
	}
	slices.Sort(want)
	if err := s.echo(ctx, "expose", "deployment", "web", "--namespace", namespace, "--port", "80"); err != nil {
		return nil, err
	}
	err = cluster.Await(ctx, podsDeadline, fmt.Sprintf("the Service leads to %q", want), func(ctx context.Context) error {
		out, err := s.kubectl(ctx, "", "get", "endpointslices", "--namespace", namespace, "--selector", "kubernetes.io/service-name=web",
			"--output", "jsonpath={.items[*].endpoints[?(@.conditions.ready)].addresses[0]}")
		got := strings.Fields(out)
		slices.Sort(got)
		if err == nil && !slices.Equal(got, want) {
			err = fmt.Errorf("it leads to %q", got)
		}
		return err
	})
	if ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		differences = append(differences, err.Error())
	}
	err = s.echo(ctx, "get", "endpointslices", "--namespace", namespace, "--selector", "kubernetes.io/service-name=web")
	say(s.out, "")
	return differences, err
}

// show prints the pods and nodes, with sizes and prices. Each pod of the examples that should run
// must be on a Fargate node.
func (s *stage) show(ctx context.Context) ([]string, error) {
	say(s.out, "--- What the cluster looks like\n")
	for _, name := range []string{namespace, without} {
		if err := s.echo(ctx, "get", "pods", "--namespace", name, "--output", "wide"); err != nil {
			return nil, err
		}
	}
	if err := s.echo(ctx, "get", "nodes"); err != nil {
		return nil, err
	}
	pods, err := s.cluster.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var differences []string
	var sum float64
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	say(table, "POD\tSIZE\tUSD A MONTH")
	for i := range pods.Items {
		pod := &pods.Items[i]
		if place := placeOf(pod); place != onFargate {
			differences = append(differences, fmt.Sprintf("pod %s is %s; want %s", pod.Name, place, onFargate))
			continue
		}
		price, err := monthly(provisioned(pod))
		if err != nil {
			return nil, err
		}
		sum += price
		say(table, "%s\t%s\t%.2f", pod.Name, provisioned(pod), price)
	}
	say(table, "together\t\t%.2f", sum)
	if want := wanted(s.chosen.ec2Nodes); len(pods.Items) != want {
		differences = append(differences, fmt.Sprintf("%d pods in namespace %s; want %d", len(pods.Items), namespace, want))
	}
	if err := table.Flush(); err != nil {
		return nil, err
	}
	say(s.out, "(%s; a month has %d hours)\n", pricesAreFrom, hoursOfMonth)
	return differences, nil
}

// wanted returns how many pods of the story run on Fargate.
func wanted(ec2Nodes int) (count int) {
	for _, step := range story(ec2Nodes) {
		if step.want.place == onFargate {
			count += step.replicas
		}
	}
	return count
}

// echo prints a kubectl command and what it prints.
func (s *stage) echo(ctx context.Context, args ...string) error {
	say(s.out, "$ kubectl %s", strings.Join(args, " "))
	out, err := s.kubectl(ctx, "", args...)
	say(s.out, "%s", strings.TrimRight(out, "\n"))
	return err
}

// invite prints commands to try next.
func (s *stage) invite() {
	say(s.out, `The cluster stays up until you press Ctrl-C. To try it, open another terminal:

  export KUBECONFIG=%[1]s
  alias kubectl=%[2]s

  kubectl get pods --namespace %[3]s --show-labels
  kubectl create deployment hello --image=hello --namespace %[3]s     # gets the label of the profile, and a node
  kubectl apply -f %[4]s     # the webhook refuses it
  kubectl describe pod agent --namespace %[5]s     # what EKS says to the same without the webhook
  kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations
  tail -f %[6]s     # the audit log: one line per refusal

  %[7]s
  %[8]s doctor --cluster-name %[9]s
  %[8]s why deployment/hello -n %[3]s --cluster-name %[9]s

EKS and its nodes are a stand-in: pods are Running, but no container runs, so they have no logs.`,
		s.cluster.Kubeconfig(), s.cluster.KubectlPath(), namespace, s.example("pod-agent.yaml"), without, s.webhook.AuditLog,
		s.exports(), s.program(), clusterName)
}
