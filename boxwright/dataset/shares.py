"""`train=0.8,val=0.1,test=0.1`: the splits and their shares, as options have them.

Of any names; which ones a format can hold is the format's to say.
"""

from training.datasets.defects import DatasetError


def parse_shares(text: str) -> dict[str, float]:
    """The share of each split, in the order in which they are named.

    Raises:
        DatasetError: a share is no number, or a name is none that a folder could have.
    """
    shares: dict[str, float] = {}
    for pair in text.split(","):
        name, _, share = pair.partition("=")
        name = name.strip()
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise DatasetError(f"--fractions: name=share was expected, not {pair!r}") from error
        if not name.replace("-", "_").isidentifier():
            raise DatasetError(f"--fractions: {name!r} cannot be a split's name")
    if not all(share > 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise DatasetError(f"--fractions: shares above 0 that add up to 1, not {text}")
    return shares
