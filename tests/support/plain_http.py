"""HTTP to what a test started: no proxy, patience, and no certificates.

What `httpx` does by itself for each call, loading the certificates for TLS, takes 23 ms.
"""

from typing import Any

import httpx


def request(method: str, url: str, **options: Any) -> httpx.Response:
    """Ask, and wait a minute at most."""
    usual = {"trust_env": False, "verify": False, "timeout": 60}
    return httpx.request(method, url, **usual | options)


def get(url: str, **options: Any) -> httpx.Response:
    """GET."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> httpx.Response:
    """POST."""
    return request("POST", url, **options)
