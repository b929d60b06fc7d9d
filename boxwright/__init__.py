"""The command line: `boxwright up`, `serve`, `gateway`, `predict`, ...

A row per subcommand; each imports its program only when it is called, so that `boxwright --help`
needs none of them. Nothing imports this package.
"""
