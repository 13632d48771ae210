# The commands of this project: `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# Extra arguments of `make run`, e.g. ARGS=--once.
ARGS ?=
# The Kubernetes version of the control plane that tests and `make run` use.
export CONTROLPLANE_VERSION ?= v1.37.2
# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 1m

LINT := $(GO) tool -modfile=tools/go.mod golangci-lint
# The race detector wants a C compiler.
CC_FOUND := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo yes)

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null 2>&1 || { echo "Go is missing: install Go 1.26 or later (https://go.dev/doc/install) and have 'go' on the PATH" >&2; exit 1; }

.PHONY: build
build: need-go ## Build bin/fargate-webhook
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/fargate-webhook ./cmd/fargate-webhook

.PHONY: run
run: need-go ## Run the webhook on a local control plane and show what it does (ARGS=--once ends by itself)
	@$(GO) build -o bin/demo ./test/demo
	@exec bin/demo $(ARGS)

.PHONY: controlplane
controlplane: need-go ## Build etcd, kube-apiserver, kube-controller-manager and kubectl (CONTROLPLANE_VERSION)
	@$(GO) run -C test/controlplane .

.PHONY: vpa
vpa: need-go ## Build the Vertical Pod Autoscaler's admission controller, for the tests
	@echo "vpa: building the Vertical Pod Autoscaler's admission controller from source, mostly out of the build cache of make controlplane"
	@CGO_ENABLED=0 GOWORK=off $(GO) build -C test/vpa -trimpath -o ../../bin/vpa/admission-controller k8s.io/autoscaler/vertical-pod-autoscaler/pkg/admission-controller

.PHONY: test
test: controlplane vpa ## Run all tests, end-to-end ones too
ifeq ($(CC_FOUND),yes)
	CGO_ENABLED=1 E2E=required $(GO) test -race -timeout 30m ./...
else
	@echo "no C compiler is here, so the race detector is left out"
	E2E=required $(GO) test -timeout 30m ./...
endif
	$(GO) test -C test/controlplane ./...

.PHONY: lint
lint: need-go ## Check formatting, style and the arrows between packages
	$(LINT) run ./...
	cd test/controlplane && $(GO) tool -modfile=../../tools/go.mod golangci-lint run -c ../../.golangci.yaml ./...
	$(GO) mod verify
	@$(GO) run ./cmd/fargate-webhook explain -o markdown | diff -u docs/rules.md - || { echo "docs/rules.md is stale: make docs writes it anew" >&2; exit 1; }

.PHONY: docs
docs: need-go ## Write the generated parts of docs/ anew
	$(GO) run ./docs/figures
	$(GO) run ./cmd/fargate-webhook explain -o markdown > docs/rules.md

.PHONY: fmt
fmt: need-go ## Format the code
	$(LINT) fmt ./...

.PHONY: bench
bench: need-go ## Run the benchmarks beside their baselines
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: fuzz
fuzz: need-go ## Run each fuzz target for FUZZTIME and the laws a long time
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
	    echo "fuzz $$package $$target for $(FUZZTIME)"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package"; \
	  done; \
	done
	$(GO) test -run 'Law' ./fargate -rapid.checks=1000000 -timeout 0

.PHONY: clean
clean: ## Remove what was built here
	rm -rf bin
