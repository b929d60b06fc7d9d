"""Which image comes when: a function of the seed and a number, so that nothing is to be stored.

Training that goes on at step 1,000 asks for the samples from there on and gets the same as training
that never stopped, without going through those before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

# With shares, so many samples hold each source's share to a whole sample.
_BLOCK = 1000
# What the seed is used for, so that no two uses draw the same numbers.
_ORDER_OF_SOURCES, _ORDER_OF_IMAGES, _AUGMENTATION = range(3)


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of the endless row.

    Args:
        number: its place in the row, from 0.
        source: which source, from 0.
        image: which of its images, from 0.
    """

    number: int
    source: int
    image: int


class Sampler:
    """The endless row of images of several sources, in random order.

    Of each source every image comes once before any comes again. The sources take turns at
    random, each with its share of every thousand samples; without shares, each image of any
    source comes as often as any other.

    Args:
        counts: how many images each source has.
        shares: of the samples, above 0, in any unit (70 and 30, or 0.7 and 0.3), for all sources
            or None for each.
        seed: another one gives another order.

    Raises:
        ValueError: no source, one without images, or shares for some of the sources only.

    Example:
        >>> sampler = Sampler([3], seed=1)
        >>> sorted(sampler.sample(number).image for number in range(3, 6))
        [0, 1, 2]
    """

    def __init__(
        self, counts: Sequence[int], shares: Sequence[float | None] | None = None, *, seed: int
    ) -> None:
        shares = [None] * len(counts) if shares is None else shares
        if not counts or min(counts) < 1:
            raise ValueError(f"each source must have images, but they have {list(counts)}")
        if len(shares) != len(counts):
            raise ValueError(f"{len(shares)} shares for {len(counts)} sources")
        self._counts = tuple(counts)
        self._seed = seed
        self._in_block = _in_block(self._counts, list(shares))
        # A block's order is asked for once a sample: a few are kept, as several threads ask.
        self._block = lru_cache(maxsize=8)(self._shuffled_block)
        self._epoch = lru_cache(maxsize=4 * len(counts))(self._shuffled_images)

    def sample(self, number: int) -> Sample:
        """The sample at a place of the row, from 0."""
        block, place = divmod(number, sum(self._in_block))
        sources, ranks = self._block(block)
        source = int(sources[place])
        drawn = block * self._in_block[source] + int(ranks[place])
        epoch, place = divmod(drawn, self._counts[source])
        return Sample(number, source, int(self._epoch(source, epoch)[place]))

    def drawn(self, rng: np.random.Generator) -> tuple[int, int]:
        """A source, each as likely as in the row, and any of its images, each as likely."""
        place = int(rng.integers(sum(self._in_block)))
        source = int(np.searchsorted(np.cumsum(self._in_block), place, side="right"))
        return source, int(rng.integers(self._counts[source]))

    def augmentation_rng(self, number: int) -> np.random.Generator:
        """What the changes of the sample at that place are drawn from."""
        return self._rng(_AUGMENTATION, number)

    def _shuffled_block(self, block: int) -> tuple[Integers, Integers]:
        """For each place of a block: which source, and how many of the source came before it."""
        sources = np.repeat(np.arange(len(self._counts)), self._in_block)
        self._rng(_ORDER_OF_SOURCES, block).shuffle(sources)
        ranks = np.empty_like(sources)
        for source, count in enumerate(self._in_block):
            ranks[sources == source] = np.arange(count)
        return sources, ranks

    def _shuffled_images(self, source: int, epoch: int) -> Integers:
        rng = self._rng(_ORDER_OF_IMAGES, source, epoch)
        return rng.permutation(self._counts[source])

    def _rng(self, *purpose: int) -> np.random.Generator:
        """Independent numbers for each purpose, the same on every machine."""
        return np.random.Generator(np.random.Philox(np.random.SeedSequence((self._seed, *purpose))))


def _in_block(counts: tuple[int, ...], shares: list[float | None]) -> tuple[int, ...]:
    """How many samples of each source there are in a block."""
    given = [share for share in shares if share is not None]
    if not given:
        return counts
    if len(given) != len(shares):
        raise ValueError(f"expected a share for each source or for none, but got {shares}")
    if min(given) <= 0:
        raise ValueError(f"each share must be above 0, but got {shares}")
    return tuple(max(1, round(share / sum(given) * _BLOCK)) for share in given)
