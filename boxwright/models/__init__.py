"""`boxwright models`: a file per subcommand; the work is done by `model_repository.publishing`."""
