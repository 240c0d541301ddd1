"""How fast ixnstate is, as ratios taken in one run. ``python -m benchmarks`` measures and prints."""
