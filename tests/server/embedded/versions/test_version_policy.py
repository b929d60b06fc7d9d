import pytest

from server.embedded.versions.version_policy import VersionPolicy, aspired_versions

ALL = VersionPolicy.All()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (VersionPolicy(), [10]),
        (VersionPolicy(latest=VersionPolicy.Latest()), [10]),
        (VersionPolicy(latest=VersionPolicy.Latest(num_versions=2)), [10, 9]),
        (VersionPolicy(latest=VersionPolicy.Latest(num_versions=9)), [10, 9, 1]),
        (VersionPolicy(all=ALL), [10, 9, 1]),
        (VersionPolicy(specific=VersionPolicy.Specific(versions=[1, 9, 4])), [9, 1]),
    ],
)
def test_a_policy_chooses_among_the_versions_by_number(
    policy: VersionPolicy, expected: list[int]
) -> None:
    assert aspired_versions([1, 10, 9], policy) == expected


def test_without_versions_there_is_nothing_to_aspire_to() -> None:
    assert aspired_versions([], VersionPolicy()) == []
