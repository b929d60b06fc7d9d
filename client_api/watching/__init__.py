"""What operators see: a log line and metrics for every request."""
