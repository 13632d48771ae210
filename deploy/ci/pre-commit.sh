#!/usr/bin/env bash
# Reviews the files that pre-commit names after the hook's flags. A flag is one argument: --profiles=FILE.
set -euo pipefail
arguments=()
for argument; do
  case "$argument" in
    -*) arguments+=("$argument") ;;
    *) arguments+=(-f "$argument") ;;
  esac
done
exec fargate-webhook review "${arguments[@]}"
