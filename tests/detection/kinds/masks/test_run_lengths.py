import numpy as np
import numpy.typing as npt
import pytest
from pycocotools import mask as coco_mask

from detection.kinds.masks.run_lengths import RunLengths, decode_counts, encode_counts


def of_bitmap(bitmap: npt.NDArray[np.bool_]) -> RunLengths:
    flat = bitmap.T.ravel().astype(np.int8)
    changes = np.flatnonzero(np.diff(flat, prepend=0, append=0))
    return RunLengths.of_toggles(changes, height=bitmap.shape[0], width=bitmap.shape[1])


@pytest.mark.parametrize("size_hw", [(1, 1), (7, 5), (60, 91), (300, 17)])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_the_text_is_pycocotools_own(size_hw: tuple[int, int], share: float) -> None:
    bitmap = np.random.default_rng(3).random(size_hw) < share
    mask = of_bitmap(bitmap)
    theirs = coco_mask.encode(np.asfortranarray(bitmap, np.uint8))["counts"].decode()
    assert mask.counts == theirs
    assert mask.area == bitmap.sum()
    assert encode_counts(decode_counts(theirs)) == theirs


def test_long_runs_in_both_directions_come_back() -> None:
    lengths = np.array([0, 2**31, 1, 7, 2**33, 3, 2**20, 50_000_000, 5, 1])
    assert decode_counts(encode_counts(lengths)).tolist() == lengths.tolist()


def test_two_changes_at_one_place_are_none() -> None:
    mask = RunLengths.of_toggles(np.array([2, 4, 4, 6]), height=4, width=3)
    assert mask.lengths().tolist() == [2, 4, 6]


def test_no_change_at_all_is_an_empty_mask() -> None:
    mask = RunLengths.of_toggles(np.zeros(0), height=4, width=3)
    assert mask.lengths().tolist() == [12]
    assert mask.area == 0


@pytest.mark.parametrize(
    ("counts", "message"),
    [("P", "cut short"), ("4 6", "no part of"), ("45", "cover 9 pixels"), ("é", "no part of"),
     ("o" * 10 + "0", "longer than any image")],
)  # fmt: skip
def test_what_is_no_run_lengths_is_refused(counts: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunLengths(4, 3, counts).lengths()
