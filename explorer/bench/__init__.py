"""The speed figures of this machine: what `portside bench` measures, as ratios of runs that take turns."""
