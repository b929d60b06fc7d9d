"""`boxwright dataset`: a file per subcommand; what they do is in `training.datasets`."""
