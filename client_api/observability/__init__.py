"""Metrics, the access log, and the record of a request."""
