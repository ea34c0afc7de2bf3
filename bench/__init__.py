"""Benchmarks: each prints its figures beside a peer that ran in the same process or on the same disk."""
