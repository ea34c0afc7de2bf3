"""`python -m bench [--quick]`: all benchmarks, one after the other."""

from __future__ import annotations

import argparse

from bench import engine, startup, storage
from bench.understanding import evaluate, public, speed


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="all benchmarks")
    parser.add_argument("--quick", action="store_true", help="a fraction of the work: does it run at all")
    quick: bool = parser.parse_args().quick
    for benchmark in (engine, storage, startup, evaluate, speed, public):
        benchmark.main(quick=quick)


if __name__ == "__main__":
    main()
