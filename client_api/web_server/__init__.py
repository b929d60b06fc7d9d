"""The gunicorn application and its worker."""
