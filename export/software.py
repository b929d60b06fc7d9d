"""Versions of the packages that made a version, for model cards."""

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("boxwright", "tensorflow", "keras", "keras-hub", "numpy", "pillow", "openvino")


def installed_versions() -> dict[str, str]:
    """Installed versions by package."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
