"""Paintings made on other machines: by the workers of a Dask scheduler."""
