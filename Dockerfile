# The webhook's image: a static binary that runs as a non-root user.
#
#   docker build --platform linux/amd64 -t fargate-webhook .
#
# On EKS, Fargate runs linux/amd64 only.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /fargate-webhook ./cmd/fargate-webhook

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /fargate-webhook /fargate-webhook
USER 65532:65532
EXPOSE 9443
ENTRYPOINT ["/fargate-webhook"]
