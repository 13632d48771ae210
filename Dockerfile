# The webhook's image: a static binary that runs as a non-root user, without a shell.
#
#   make image        # with docker, podman or buildah
#
# The digests are those of indexes for many platforms; Dependabot updates them together with the tags.
# `make image-oci` takes its base image from the last FROM.
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26.8@sha256:6c2a5538f964f1c82f97ad14988bf05de100d922d159d0e398b54c7b0ca0c6c9 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION
ARG REVISION
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X fargate-webhook/cmd/fargate-webhook/version.version=$VERSION -X fargate-webhook/cmd/fargate-webhook/version.revision=$REVISION" \
    -o /fargate-webhook ./cmd/fargate-webhook

FROM gcr.io/distroless/static-debian13:nonroot@sha256:e2e927ec666bae08560abb3c55d0659eceabb657f56b6782ab500a9fc7f555e3
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="fargate-webhook" \
      org.opencontainers.image.description="Admission controller for Amazon EKS clusters with Fargate profiles" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /fargate-webhook /fargate-webhook
USER 65532:65532
EXPOSE 9443
ENTRYPOINT ["/fargate-webhook"]
