"""What callers send: bodies, parameters, headers, API keys."""
