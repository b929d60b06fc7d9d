"""A module per form on disk; `registry` is the table of them.

Each has `looks_like(path) -> bool`, `read(path, options, workers) -> Dataset`, and where the form
is written `write(dataset, folder, options, workers)`.
"""
