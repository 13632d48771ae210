#!/usr/bin/env bash
# The step "Review" of action.yml. Its inputs are variables, lists with one value a line.
set -euo pipefail
arguments=(-o github -o "markdown=$RUNNER_TEMP/review.md")
while IFS= read -r value; do [ -z "$value" ] || arguments+=(-f "$value"); done <<<"$FILENAME"
while IFS= read -r value; do [ -z "$value" ] || arguments+=(--profiles "$value"); done <<<"$PROFILES"
while IFS= read -r value; do [ -z "$value" ] || arguments+=("$value"); done <<<"$ARGS"
[ -z "$SARIF" ] || arguments+=(-o "sarif=$SARIF")
status=0
"$RUNNER_TEMP/kubectl-fargate" review "${arguments[@]}" || status=$?
[ ! -f "$RUNNER_TEMP/review.md" ] || cat "$RUNNER_TEMP/review.md" >>"$GITHUB_STEP_SUMMARY"
exit "$status"
