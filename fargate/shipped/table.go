package shipped

// table holds the DaemonSets that AWS ships for EKS: as add-ons, in Helm charts, as manifests of
// its guides, or by eksctl; and what these need. Most exclude Fargate nodes (F5.2), but not in
// every version and under all values.
var table = [...]addon{
	// Amazon EKS user guide, "Amazon EKS add-ons", and the charts that the add-ons are made of.
	{chart: "aws-vpc-cni", names: []string{"aws-node"}, source: "aws/eks-charts, stable/aws-vpc-cni"},
	{chart: "kube-proxy", source: "Amazon EKS user guide, Amazon EKS add-ons"},
	{chart: "eks-pod-identity-agent", source: "aws/eks-pod-identity-agent, charts"},
	{chart: "eks-node-monitoring-agent", names: []string{"dcgm-server"}, source: "aws/eks-node-monitoring-agent, charts"},
	{chart: "aws-ebs-csi-driver", names: []string{"ebs-csi-node"}, source: "kubernetes-sigs/aws-ebs-csi-driver, charts"},
	{chart: "aws-efs-csi-driver", names: []string{"efs-csi-node"}, source: "kubernetes-sigs/aws-efs-csi-driver, charts"},
	{chart: "aws-fsx-csi-driver", names: []string{"fsx-csi-node"}, source: "kubernetes-sigs/aws-fsx-csi-driver, charts"},
	{chart: "aws-mountpoint-s3-csi-driver", names: []string{"s3-csi-node"}, source: "awslabs/mountpoint-s3-csi-driver, charts"},
	{chart: "secrets-store-csi-driver", names: []string{"csi-secrets-store"}, source: "kubernetes-sigs/secrets-store-csi-driver, charts and deploy"},
	{chart: "secrets-store-csi-driver-provider-aws", names: []string{"csi-secrets-store-provider-aws"}, source: "aws/secrets-store-csi-driver-provider-aws, charts and deployment"},
	{chart: "aws-guardduty-agent", source: "Amazon GuardDuty user guide, Runtime Monitoring for Amazon EKS"},
	{chart: "aws-network-flow-monitor-agent", source: "Amazon EKS user guide, AWS Network Flow Monitor agent"},

	// Amazon CloudWatch. Its operator makes the DaemonSets cloudwatch-agent, dcgm-exporter and
	// neuron-monitor as parts of amazon-cloudwatch-agent.
	{chart: "amazon-cloudwatch-observability", names: []string{"fluent-bit"}, source: "aws-observability/helm-charts, charts/amazon-cloudwatch-observability"},
	{chart: "amazon-cloudwatch-agent", names: []string{"cloudwatch-agent", "neuron-monitor"}, source: "aws/amazon-cloudwatch-agent-operator, internal/manifests"},
	{chart: "amazon-cloudwatch-container-insights", names: []string{"fluent-bit-compatible", "fluentd-cloudwatch", "xray-daemon"},
		source: "Amazon CloudWatch user guide, Quick Start setup for Container Insights"},
	{chart: "adot-exporter-for-eks-on-ec2", names: []string{"adot-collector", "adot-collector-daemonset"}, source: "aws-observability/aws-otel-helm-charts, charts"},

	// The EKS charts repository.
	{chart: "aws-for-fluent-bit", source: "aws/eks-charts, stable/aws-for-fluent-bit"},
	{chart: "aws-cloudwatch-metrics", source: "aws/eks-charts, stable/aws-cloudwatch-metrics"},
	{chart: "aws-efa-k8s-device-plugin", source: "aws/eks-charts, stable/aws-efa-k8s-device-plugin"},
	{chart: "aws-dranet", source: "aws/eks-charts, stable/aws-dranet"},
	{chart: "appmesh-spire-agent", source: "aws/eks-charts, stable/appmesh-spire-agent"},
	{chart: "aws-node-termination-handler", source: "aws/aws-node-termination-handler, config/helm"},

	// eksctl adds these to node groups with such devices.
	{chart: "neuron-device-plugin", names: []string{"neuron-device-plugin-ds"}, source: "eksctl-io/eksctl, pkg/addons/assets"},
	{chart: "nvidia-device-plugin-daemonset", names: []string{"nvidia-device-plugin-ds"}, source: "eksctl-io/eksctl, pkg/addons/assets"},
}
