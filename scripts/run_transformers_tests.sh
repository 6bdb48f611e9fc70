#!/usr/bin/env bash
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
# Runs transformers' own common tests on our classes. Only its source archive has them, which pip downloads.
# Usage: scripts/run_transformers_tests.sh [FOLDER FOR THE SOURCE]   (PYTHON=... chooses the interpreter)
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
version=$("$python" -c 'import transformers; print(transformers.__version__)')
folder=${1:-$(mktemp -d)}
if [ ! -d "$folder/transformers-$version" ]; then
  "$python" -m pip download --quiet --no-deps --no-binary :all: --dest "$folder" "transformers==$version"
  tar -xzf "$folder/transformers-$version.tar.gz" -C "$folder"
fi
TRANSFORMERS_TESTS="$folder/transformers-$version/tests" "$python" -m pytest tests/unit/models/tsukasa/test_common_*.py
