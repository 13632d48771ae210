# Installs fargate-webhook on an EKS cluster: a Fargate profile for its own pods, an IAM role, and the Helm chart. For version 6 of the AWS
# provider and version 3 of the Helm provider; the cluster's OIDC provider must exist.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws  = { source = "hashicorp/aws", version = ">= 6.0" }
    helm = { source = "hashicorp/helm", version = ">= 3.0" }
  }
}

variable "cluster_name" {
  type = string
}

variable "chart" {
  description = "The chart: oci://… in a registry, or a folder, which needs an image."
  type        = string
}

variable "chart_version" {
  type    = string
  default = null
}

variable "image" {
  description = "The image: repository, and digest or tag. A released chart has one, so it needs none."
  type        = map(string)
  default     = {}
}

variable "pod_execution_role_arn" {
  description = "Pod execution role of the webhook's Fargate profile; null to run it on EC2 nodes."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Private subnets of the Fargate profile."
  type        = list(string)
  default     = []
}

variable "policy" {
  description = "The policy, with the fields of docs/policy.md. Observe changes and refuses nothing."
  type        = any
  default     = { mode = "Observe" }
}

variable "values" {
  description = "More values of the chart, as YAML: [file(\"values.yaml\")]. They win over those below."
  type        = list(string)
  default     = []
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_eks_cluster" "this" {
  name = var.cluster_name
}

locals {
  namespace = "fargate-webhook"
  issuer    = trimprefix(data.aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
  prefix    = "arn:${data.aws_partition.current.partition}"
  account   = data.aws_caller_identity.current.account_id
  eks       = "${local.prefix}:eks:${data.aws_region.current.region}:${local.account}"
}

resource "aws_eks_fargate_profile" "fargate_webhook" {
  count                  = var.pod_execution_role_arn == null ? 0 : 1
  cluster_name           = var.cluster_name
  fargate_profile_name   = "fargate-webhook"
  pod_execution_role_arn = var.pod_execution_role_arn
  subnet_ids             = var.subnet_ids
  selector {
    namespace = local.namespace
  }
}

resource "aws_iam_role" "fargate_webhook" {
  name = "fargate-webhook-${var.cluster_name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "${local.prefix}:iam::${local.account}:oidc-provider/${local.issuer}" }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${local.namespace}:fargate-webhook"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "fargate_webhook" {
  name = "read-fargate-profiles"
  role = aws_iam_role.fargate_webhook.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListFargateProfiles"
        Effect   = "Allow"
        Action   = "eks:ListFargateProfiles"
        Resource = "${local.eks}:cluster/${var.cluster_name}"
      },
      {
        Sid      = "DescribeFargateProfiles"
        Effect   = "Allow"
        Action   = "eks:DescribeFargateProfile"
        Resource = "${local.eks}:fargateprofile/${var.cluster_name}/*/*"
      },
    ]
  })
}

resource "helm_release" "fargate_webhook" {
  name             = "fargate-webhook"
  chart            = var.chart
  version          = var.chart_version
  namespace        = local.namespace
  create_namespace = true
  values = concat([yamlencode({
    image = var.image
    runOn = var.pod_execution_role_arn == null ? "EC2" : "Fargate"
    aws = {
      region  = data.aws_region.current.region
      roleArn = aws_iam_role.fargate_webhook.arn
    }
    profiles = { eks = { clusterName = var.cluster_name } }
    policy   = var.policy
  })], var.values)
  # The pods need a node, and the role its permissions.
  depends_on = [aws_eks_fargate_profile.fargate_webhook, aws_iam_role_policy.fargate_webhook]
}
