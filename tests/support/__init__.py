"""What several test modules need: the shared data, free ports, processes polled until ready."""
