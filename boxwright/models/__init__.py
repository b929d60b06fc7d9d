"""`boxwright models`: a file per subcommand; what they do is in `export.publishing`."""
