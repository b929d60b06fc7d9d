"""Which versions on disk are aspired versions, by the model's version policy."""

from collections.abc import Collection

from serving_protocol.messages import FileSystemStoragePathSourceConfig

VersionPolicy = FileSystemStoragePathSourceConfig.ServableVersionPolicy


def aspired_versions(found: Collection[int], policy: VersionPolicy) -> list[int]:
    """The versions of `found` that `policy` asks for, highest first.

    An unset policy, or `latest` without a number, is the latest one.

    Example:
        >>> aspired_versions([1, 2, 10], VersionPolicy())
        [10]
    """
    newest_first = sorted(found, reverse=True)
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return newest_first
    if choice == "specific":
        return [version for version in newest_first if version in policy.specific.versions]
    return newest_first[: max(1, policy.latest.num_versions)]
