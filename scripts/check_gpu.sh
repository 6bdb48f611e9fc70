#!/usr/bin/env bash
# Runs all checks that need a GPU: speed of training steps, recorded values of the original, the trainers' tests.
# usage: scripts/check_gpu.sh OUT [PARITY]      OUT gets a log per check; PARITY defaults to tests/data/parity
# A check that exceeds its time limit is stopped and counts as failed. Exit code 1 when any check fails.
set -uo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: scripts/check_gpu.sh OUT [PARITY]}
parity=${2:-tests/data/parity}
python=${PYTHON:-python3}
mkdir -p "$out"
export PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
failed=0

check() { # seconds, name, command ...
    local seconds=$1 name=$2 began=$SECONDS status
    shift 2
    # SIGINT, so that pytest still reports the failures so far.
    timeout --signal=INT --kill-after=10 "$seconds" "$@" > "$out/$name.log" 2>&1
    status=$?
    echo "$name: exit code $status after $((SECONDS - began)) s"
    tail -n 6 "$out/$name.log" | cut -c1-200
    [ "$status" = 0 ] || failed=1
}

"$python" -c 'import sys, torch; torch.cuda.is_available() or sys.exit("check_gpu.sh: torch sees no GPU here")
print(torch.cuda.get_device_name(), torch.__version__)' || exit 1
for case in stage1-reconstruction stage1-adversarial stage2-prosody stage2-diffusion stage2-joint stage2-adversary; do
    check 90 "$case" "$python" benchmarks/benchmark_training.py --cases "$case" --repeats 5
    check 150 "$case-compiled" "$python" benchmarks/benchmark_training.py --cases "$case" --repeats 5 --compile
done
check 120 parity "$python" scripts/check_parity.py "$parity" --device cuda
TSUKASA_TEST_DEVICE=cuda check 300 tests "$python" -m pytest -q -n 4 --maxfail 30 tests/unit/training/engine/test_{trainer,fp16}.py \
    tests/unit/training/recipes/test_{stages,stage1_options,stage2,stage2_joint,finetune,stage3,plbert_training}.py
exit "$failed"
