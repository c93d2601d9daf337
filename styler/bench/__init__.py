"""The benchmark: `python -m styler.bench` times engines side by side in one run, on this machine.

Not part of the engine: nothing in `styler` imports it.
"""
