# `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# Arguments for `make run`, for example ARGS=--once.
ARGS ?=
# Kubernetes version of the control plane for the end-to-end tests and `make run`.
export CONTROLPLANE_VERSION ?= v1.37.2
# Duration of each fuzz target in `make fuzz`.
FUZZTIME ?= 1m
# End-to-end tests that do more in `make soak`.
SOAKED := TestReplicasRotate|TestRollingRestart|TestKilledReplica|TestFootprint|TestEvilObjects
# Set it to "short" for a quick `make bench`, and PARTS to the parts that it measures.
BENCH ?=
PARTS ?=
# Revision that `make bench-compare` compares the working tree with.
BASE ?=
# Number of random cases per property in `make fuzz`.
RAPIDCHECKS ?= 1000000

# What an image or a release is built from.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
# Time of everything in an image, in seconds since 1970: two builds of a commit are equal.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
# Name of the image that `make image` builds, for which platform, and the engine that builds it.
IMAGE ?= fargate-webhook:$(or $(VERSION),devel)
PLATFORM ?= linux/amd64
ENGINE ?=
# Additional arguments of its build command.
IMAGE_ARGS ?=
# Base image, platforms and additional labels (key=value,…) of `make image-oci`.
BASE_IMAGE ?= $(shell awk '$$1 == "FROM" {base = $$2} END {print base}' Dockerfile)
PLATFORMS ?= linux/amd64,linux/arm64
LABELS ?=
# Registry and name that the image of a release is pushed to, for the values of its chart.
CHART_IMAGE ?=
# Versions of a release: Semantic Versioning without build metadata, which tags of images can't have, and without what
# `git describe --dirty` adds to the last tag.
NUMBER := (0|[1-9][0-9]*)
IDENTIFIER := ($(NUMBER)|[0-9]*[A-Za-z-][0-9A-Za-z-]*)
SEMVER := ^v$(NUMBER)\.$(NUMBER)\.$(NUMBER)(-$(IDENTIFIER)(\.$(IDENTIFIER))*)?$$
DESCRIBED := (-[0-9]+-g[0-9a-f]+|-dirty)$$
# Set it to "allowed" for a trial of `make release` with files that differ from REVISION.
DIRTY ?=
# Platforms of the binaries in a release.
RELEASE_PLATFORMS ?= linux/amd64,linux/arm64,darwin/amd64,darwin/arm64
# Where images and releases are written. ko wants it in lower case.
DIST ?= dist

LINT := $(GO) tool -modfile=tools/go.mod golangci-lint
# The race detector needs a C compiler.
CC_FOUND := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo yes)
ifeq ($(CC_FOUND),yes)
TEST := CGO_ENABLED=1 $(GO) test -race
else
TEST := $(GO) test
endif
# End-to-end tests wait more than they compute.
E2E_TEST := E2E=required $(TEST) -timeout 30m -parallel 10
# All packages except the end-to-end tests.
UNIT_PACKAGES = $$($(GO) list ./... | grep -v /test/e2e$$)

##@ General

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null 2>&1 || { echo "$(GO): command not found: install Go 1.26 or later (https://go.dev/doc/install) and add it to PATH" >&2; exit 1; }

.PHONY: clean
clean: ## Remove all build output, except for the control planes that all clones share
	rm -rf bin coverage.out "$(DIST)"
	@if command -v $(GO) >/dev/null 2>&1; then $(GO) run -C test/controlplane . --where || true; fi

.PHONY: clean-cache
clean-cache: need-go ## Remove the control planes that all clones on this machine share
	@$(GO) run -C test/controlplane . --clean

##@ Build and run

.PHONY: build
build: need-go ## Build bin/fargate-webhook
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/fargate-webhook ./cmd/fargate-webhook

# Without optimizations and debug information, and with a lazier garbage collection of the compiler, the first build
# takes a third less time.
.PHONY: try
try: need-go ## Judge the examples without a cluster: the quickest look at what the webhook does
	@echo "try: judges the manifests in examples/ against the Fargate profiles there, as the webhook would; contacts no cluster and no AWS; the first build takes about a minute"
	@CGO_ENABLED=0 GOGC=400 $(GO) run -gcflags='all=-N -l -dwarf=false' -ldflags='-s -w' ./test/try

.PHONY: run
run: need-go ## Run the webhook on a local control plane, with a stand-in for EKS, and show what it does (ARGS=--once: exit when done)
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/demo ./test/demo
	@exec bin/demo $(ARGS)

.PHONY: controlplane
controlplane: need-go ## Find or build etcd, kube-apiserver, kube-controller-manager and kubectl of CONTROLPLANE_VERSION
	@$(GO) run -C test/controlplane .

.PHONY: vpa
vpa: need-go ## Build the Vertical Pod Autoscaler's admission controller for the end-to-end tests
	@echo "vpa: building the Vertical Pod Autoscaler's admission controller from source; most packages are in the build cache after make controlplane"
	@CGO_ENABLED=0 GOWORK=off $(GO) build -C test/vpa -trimpath -o ../../bin/vpa/admission-controller k8s.io/autoscaler/vertical-pod-autoscaler/pkg/admission-controller

.PHONY: kyverno
kyverno: need-go ## Build Kyverno's admission controller, for its row of `make bench`
	@echo "kyverno: building Kyverno's admission controller from source; the first build takes about ten minutes on two cores"
	@CGO_ENABLED=0 GOWORK=off GOGC=400 $(GO) build -C test/bench/kyverno -trimpath -ldflags='-s -w' -o ../../../bin/kyverno/kyverno github.com/kyverno/kyverno/cmd/kyverno

# Without service discovery but that by files and HTTP: 1,284 packages instead of 1,527.
.PHONY: prometheus
prometheus: need-go ## Build Prometheus and promtool for the tests of alerts and dashboard
	@echo "prometheus: building Prometheus and promtool from source; the first build takes about three minutes on two cores"
	@mkdir -p bin/prometheus
	@CGO_ENABLED=0 GOWORK=off GOGC=400 $(GO) build -C tools/prometheus -trimpath -tags remove_all_sd -ldflags='-s -w' -o ../../bin/prometheus/ \
	  github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool

##@ Image and release

.PHONY: image
image: ## Build IMAGE for PLATFORM with docker, podman or buildah, the first that works (ENGINE=podman: with this one)
	@engine="$(ENGINE)"; \
	for found in docker podman buildah; do \
	  if [ -z "$$engine" ] && "$$found" info >/dev/null 2>&1; then engine=$$found; fi; \
	done; \
	if [ -z "$$engine" ]; then \
	  echo "image: none of docker, podman and buildah works here: install one (Debian: apt-get install buildah) or start the Docker daemon; make image-oci needs none" >&2; exit 1; \
	fi; \
	args=(--platform "$(PLATFORM)" --build-arg "VERSION=$(VERSION)" --build-arg "REVISION=$(REVISION)" --tag "$(IMAGE)"); \
	case "$(SOURCE_DATE_EPOCH):$${engine##*/}" in \
	  :*) ;; \
	  *:podman* | *:buildah*) args+=(--timestamp "$(SOURCE_DATE_EPOCH)") ;; \
	  *) args+=(--build-arg "SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH)") ;; \
	esac; \
	echo "image: building $(IMAGE) with $$engine"; \
	exec "$$engine" build "$${args[@]}" $(IMAGE_ARGS) .

.PHONY: image-oci
image-oci: need-go ## Build the image for PLATFORMS without an engine: an OCI layout in dist/image, SBOMs in dist/image-sbom
	@rm -rf "$(DIST)/image" "$(DIST)/image-sbom"
	@VERSION="$(VERSION)" REVISION="$(REVISION)" SOURCE_DATE_EPOCH="$(SOURCE_DATE_EPOCH)" KO_DEFAULTBASEIMAGE="$(BASE_IMAGE)" \
	$(GO) tool -modfile=tools/release/go.mod ko build ./cmd/fargate-webhook --push=false --platform "$(PLATFORMS)" \
	  --oci-layout-path "$(DIST)/image" --sbom-dir "$(DIST)/image-sbom" --image-user 65532:65532 \
	  --image-label "org.opencontainers.image.title=fargate-webhook,org.opencontainers.image.licenses=Apache-2.0" \
	  --image-label "org.opencontainers.image.description=Admission controller for Amazon EKS clusters with Fargate profiles" \
	  --image-label "org.opencontainers.image.version=$(VERSION),org.opencontainers.image.revision=$(REVISION)" \
	  $(if $(LABELS),--image-label "$(LABELS)")

.PHONY: release
release: need-go ## Build what a release of VERSION has, in dist/: binaries, kubectl plugin, image, chart, SBOMs, checksums
	@grep -Eq '$(SEMVER)' <<<"$(VERSION)" && ! grep -Eq '$(DESCRIBED)' <<<"$(VERSION)" || { echo 'release: VERSION "$(VERSION)" must be like v1.2.3 or v1.2.3-rc.1, and not what git describe adds to one' >&2; exit 1; }
	@if [ "$(DIRTY)" != allowed ]; then \
	  head=$$(git rev-parse HEAD) && changes=$$(git status --porcelain) || { echo "release: must be built in a clone with git, to know that the files are those of REVISION; for a trial set DIRTY=allowed" >&2; exit 1; }; \
	  if [ -n "$$changes" ]; then echo "release: files differ from the commit: commit or remove them; for a trial set DIRTY=allowed" >&2; echo "$$changes" >&2; exit 1; fi; \
	  if [ "$$head" != "$(REVISION)" ]; then echo 'release: REVISION "$(REVISION)" must be the commit that is checked out, '"$$head; for a trial set DIRTY=allowed" >&2; exit 1; fi; \
	fi
	@rm -rf "$(DIST)"
	@$(MAKE) --no-print-directory image-oci
	@$(GO) run -C tools/release . -root "$(CURDIR)" -folder "$(abspath $(DIST))" -platforms "$(RELEASE_PLATFORMS)" \
	  -version "$(VERSION)" -revision "$(REVISION)" -time "$(or $(SOURCE_DATE_EPOCH),0)" -chart-image "$(CHART_IMAGE)"

.PHONY: release-notes
release-notes: ## Print what CHANGELOG.md says about VERSION
	@awk -v version="$(patsubst v%,%,$(VERSION))" '/^## / {found = $$2 == version; any = any || found; next} found {print} \
	  END {if (!any) {print "release-notes: no section \"## " version "\" in CHANGELOG.md: rename Unreleased" > "/dev/stderr"; exit 1}}' CHANGELOG.md

##@ Test

# Tests in tools read files outside their modules, which the test cache does not know: -count=1.
.PHONY: test-unit
test-unit: need-go ## Run the unit tests, which need no control plane
	E2E=skip $(GO) test $(UNIT_PACKAGES)
	$(GO) test -C tools/release -count=1 -short ./...
	$(GO) test -C tools/chart -count=1 ./...
	$(GO) test -C tools/grafana -count=1 ./...
	$(GO) test -C cmd/kubectl-fargate -count=1 ./...

.PHONY: test-e2e
test-e2e: controlplane vpa prometheus race-note ## Run the end-to-end tests on a local control plane
	$(E2E_TEST) ./test/...

.PHONY: test
test: controlplane vpa prometheus race-note ## Run all tests
	$(E2E_TEST) ./...
	$(GO) test -C test/controlplane ./...
	$(GO) test -C tools/release -count=1 -timeout 30m ./...
	$(GO) test -C tools/chart -count=1 ./...
	$(GO) test -C tools/grafana -count=1 ./...
	$(GO) test -C cmd/kubectl-fargate -count=1 ./...

.PHONY: race-note
race-note:
ifneq ($(CC_FOUND),yes)
	@echo "no C compiler found: running tests without the race detector; install one to enable it"
endif

.PHONY: cover
cover: need-go ## Measure the unit tests' coverage: write coverage.out, print one line per package
	@E2E=skip $(GO) test -coverprofile=coverage.out $(UNIT_PACKAGES) | awk '$$1 == "FAIL" || /^---/ {print; failed = 1} match($$0, /coverage: [0-9.]+%/) {printf "%7s  %s\n", substr($$0, RSTART + 10, RLENGTH - 10), ($$1 == "ok" ? $$2 : $$1)} END {exit failed}'
	@$(GO) tool cover -func=coverage.out | awk '/^total:/{printf "%7s  total\n", $$NF}'

.PHONY: bench
bench: need-go controlplane ## Measure what admission costs, and write docs/performance.md (BENCH=short: little of it, PARTS=handlers,creates: some parts; both only print)
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/bench ./test/bench
	@exec bin/bench $(if $(filter short,$(BENCH)),-short) $(if $(PARTS),-parts=$(PARTS))

.PHONY: bench-compare
bench-compare: need-go ## Compare Go benchmarks of the revision BASE and of the working tree (ARGS="-packages ./webhook -bench Stages")
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/bench ./test/bench
	@exec bin/bench compare -base="$(BASE)" $(ARGS)

.PHONY: soak
soak: controlplane ## For up to an hour: evil bodies and full load, a million audit lines, rotations and rolling restarts; print what the program takes
	SOAK=1 $(GO) test -count=1 -timeout 30m -v ./test/limits
	SOAK=1 $(GO) test -count=1 -timeout 30m -v -run '^TestMillion' ./webhook ./webhook/audit
	SOAK=1 E2E=required $(GO) test -count=1 -timeout 90m -v -run '^($(SOAKED))$$' ./test/e2e

.PHONY: fuzz
fuzz: need-go ## Run each fuzz target for FUZZTIME and each property with RAPIDCHECKS cases
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
	    echo "fuzz: running $$target of $$package for $(FUZZTIME)"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package"; \
	  done; \
	done
	@for package in $(UNIT_PACKAGES); do \
	  tests=$$($(GO) test -list Law "$$package"); \
	  if grep -q '^Test' <<<"$$tests"; then \
	    echo "fuzz: checking the properties of $$package with $(RAPIDCHECKS) cases each"; \
	    $(GO) test -run Law "$$package" -rapid.checks=$(RAPIDCHECKS) -timeout 0; \
	  fi; \
	done

##@ Check

.PHONY: presubmit
presubmit: fmt-check lint test-unit ## Run fmt-check, lint and test-unit; run it before you push

.PHONY: fmt-check
fmt-check: need-go ## Fail if files are not formatted, and show the diff
	@$(LINT) fmt --diff ./... || { echo "files are not formatted: run make fmt" >&2; exit 1; }

.PHONY: lint
lint: need-go ## Check formatting, style, imports between packages and generated docs
	$(LINT) run ./...
	cd test/controlplane && $(GO) tool -modfile=../../tools/go.mod golangci-lint run -c ../../.golangci.yaml ./...
	cd tools/release && $(GO) tool -modfile=../go.mod golangci-lint run -c ../../.golangci.yaml ./...
	cd tools/chart && $(GO) tool -modfile=../go.mod golangci-lint run -c ../../.golangci.yaml ./...
	cd tools/grafana && $(GO) tool -modfile=../go.mod golangci-lint run -c ../../.golangci.yaml ./...
	cd cmd/kubectl-fargate && $(GO) tool -modfile=../../tools/go.mod golangci-lint run -c ../../.golangci.yaml ./...
	$(GO) tool -modfile=tools/actionlint/go.mod actionlint
	$(GO) tool -modfile=tools/chart/go.mod helm lint --strict --quiet deploy/chart
	@$(GO) test -run TestGeneratedFilesAreCurrent ./deploy/generate
	$(GO) mod verify
	@$(GO) run ./cmd/fargate-webhook explain -o markdown | diff -u docs/rules.md - || { echo "docs/rules.md is stale: run make docs" >&2; exit 1; }

# govulncheck exits with 3 if it finds vulnerabilities.
.PHONY: vulncheck
vulncheck: need-go ## Check for known vulnerabilities in called code (needs access to vuln.go.dev)
	@if out=$$($(GO) tool -modfile=tools/go.mod govulncheck ./... 2>&1); then echo "$$out"; \
	elif grep -q "fetching vulnerabilities" <<<"$$out"; then echo "vulncheck: skipped: the vulnerability database can't be reached: $$out" >&2; \
	else echo "$$out"; exit 1; fi

##@ Write

.PHONY: fmt
fmt: need-go ## Format the code
	$(LINT) fmt ./...

.PHONY: manifests
manifests: need-go ## Render deploy/manifests, optional and network from the Helm chart, and the chart's README.md
	$(GO) run ./deploy/generate

.PHONY: docs
docs: need-go ## Regenerate the generated parts of docs/
	$(GO) run ./docs/figures
	$(GO) run ./cmd/fargate-webhook explain -o markdown > docs/rules.md
