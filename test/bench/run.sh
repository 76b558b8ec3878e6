#!/bin/sh
# run.sh NAME BINARY [--runs N] [--quick]: NAME = publish | search | site | start | wire | all. Work files go to TELLAL_BENCH_DIR (build/bench):
# it must lie on a real disk, since flushing is most of what publishing costs.
set -eu
cd "$(dirname "$0")/../.."
work=${TELLAL_BENCH_DIR:-build/bench}
mkdir -p "$work"
exec python3 test/bench/bench.py "$@" --work "$work"
