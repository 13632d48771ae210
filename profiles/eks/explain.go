package eks

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"
)

// lookBefore is the remedy for an answer that EKS itself never gives.
const lookBefore = "check AWS_ENDPOINT_URL_EKS and any proxy in front of EKS"

const clockRemedy = "; the clock of this machine differs from AWS's: correct it"

// explainList adds the cluster and the remedy to an error of ListFargateProfiles.
func (s *Source) explainList(err error) error {
	remedy := remedyFor(err, "eks:ListFargateProfiles")
	if codeOf(err) == "ResourceNotFoundException" {
		remedy = "; check the name of the cluster, the AWS region and the account"
	}
	return fmt.Errorf("list the Fargate profiles of cluster %q: %w%s", s.cluster, err, remedy)
}

// explainDescribe adds the profile, the cluster and the remedy to an error of
// DescribeFargateProfile.
func (s *Source) explainDescribe(profile string, err error) error {
	return fmt.Errorf("describe Fargate profile %q of cluster %q: %w%s", profile, s.cluster, err, remedyFor(err, "eks:DescribeFargateProfile"))
}

// remedyFor returns what to do about an error of the API, to be appended to it, or "".
func remedyFor(err error, action string) string {
	switch codeOf(err) {
	case "AccessDeniedException", "AccessDenied":
		return fmt.Sprintf("; allow the IAM action %s for the role in use", action)
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "InvalidClientTokenId", "MissingAuthenticationTokenException":
		if strings.Contains(err.Error(), "Signature expired") || strings.Contains(err.Error(), "Signature not yet current") {
			return clockRemedy
		}
		return "; the AWS credentials are not valid: check the role of the service account or the environment"
	case "RequestTimeTooSkewed", "RequestExpired":
		return clockRemedy
	case "ThrottlingException", "TooManyRequestsException":
		return "; EKS throttles requests: raise the refresh interval if this continues"
	default:
		return ""
	}
}

// codeOf returns the error code of the API, or "" for any other error.
func codeOf(err error) string {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return answer.ErrorCode()
	}
	return ""
}
