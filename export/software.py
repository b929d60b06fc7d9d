"""With which packages a version was made, for model cards."""

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("boxwright", "tensorflow", "keras", "keras-hub", "numpy", "pillow", "openvino")


def installed_versions() -> dict[str, str]:
    """Versions by package; those that are not installed are left out."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
