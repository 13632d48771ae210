package objects

// noInstanceTargets is the issue that says that Fargate nodes are no instance targets.
const noInstanceTargets = "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1613"
