"""Which convolution of one graph is in the place of which of another's.

Two are in the same place where their kernels have the same form and what they see and what sees
them are in the same places too: the refinement of colors after Weisfeiler and Lehman (1968). Where
another head was put on a backbone, what comes before is compared alone. Names decide between
places that are alike, such as the first layers of a box and of a class head.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from training.pretrained.graphs.convolutions import Convolution
from training.pretrained.object_detection import names as their_names

# More than the longest chain of convolutions in a detector.
_MOST_ROUNDS = 400
# A second use of a name, as TensorFlow numbers scopes.
_NUMBER = re.compile(r"_\d+$")
# By the place in the one list, the place in the other.
Pairs = dict[int, int]
Colors = tuple[list[int], list[int]]
# Whether a convolution of theirs may be called as the layer of ours is.
SameName = Callable[[int, int], bool]


def align(
    ours: Sequence[Convolution], layers: Sequence[str], theirs: Sequence[Convolution]
) -> Pairs:
    """Pair what is in the same place; what could be meant twice is left out.

    Args:
        ours: a network's.
        layers: what each one's layer is called.
        theirs: a graph's.

    Returns:
        The place in `theirs` by the place in `ours`; pairs have the same kind and form of kernel.
    """
    exact, numbered = zip(*(names_of(each.name) for each in theirs), strict=True) if theirs else (
        (), ())  # fmt: skip

    def is_exact(our: int, their: int) -> bool:
        return layers[our] in exact[their]

    def is_numbered(our: int, their: int) -> bool:
        return layers[our] in numbered[their]

    pairs: Pairs = {}
    for with_followers in (True, False):
        while True:
            before = len(pairs)
            colors = _refined(ours, theirs, pairs, with_followers=with_followers)
            for our_places, their_places in _groups(colors, pairs):
                pairs |= _paired(our_places, their_places, (is_exact, is_numbered))
            if len(pairs) == before:
                break
    pairs |= _by_name_alone(ours, theirs, pairs, (is_exact, is_numbered))
    return pairs


def names_of(node: str) -> tuple[frozenset[str], frozenset[str]]:
    """What layer a node may be of: by its path's own words, and by these without a number.

    >>> exact, numbered = names_of("detector_1/box_head_0_1/convolution")
    >>> "box_head_0" in exact, "box_head_0" in numbered
    (False, True)
    """
    parts = node.split("/")
    ways = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
    translated = {
        found
        for way in ways
        for rules in (their_names.LAYERS, their_names.SLIM_LAYERS)
        if (found := their_names.renamed(way, rules)) is not None
    }
    exact = frozenset(parts) | translated
    return exact, frozenset(_NUMBER.sub("", each) for each in exact)


def form(each: Convolution) -> tuple[object, ...]:
    """What pairs must have in common."""
    return (each.kind, each.kernel.shape)


def _refined(
    ours: Sequence[Convolution],
    theirs: Sequence[Convolution],
    pairs: Mapping[int, int],
    *,
    with_followers: bool,
) -> Colors:
    known: dict[object, int] = {}

    def color(of: object) -> int:
        return known.setdefault(of, len(known))

    sides = (ours, theirs)
    fixed = (dict(zip(pairs, pairs, strict=True)), {their: our for our, their in pairs.items()})
    before = [_places(side) for side in sides]
    after = [_turned(side_before) for side_before in before]
    colors = [
        [color((form(each), each.strides, fixed_side.get(place))) for place, each in
         enumerate(side)]
        for side, fixed_side in zip(sides, fixed, strict=True)
    ]  # fmt: skip
    count = len(set(colors[0]) | set(colors[1]))
    for _ in range(_MOST_ROUNDS):
        colors = [
            [
                color((
                    side[place],
                    tuple(sorted(side[each] for each in seen[place])),
                    tuple(sorted(side[each] for each in followed[place])) if with_followers else (),
                ))
                for place in range(len(side))
            ]
            for side, seen, followed in zip(colors, before, after, strict=True)
        ]  # fmt: skip
        refined = len(set(colors[0]) | set(colors[1]))
        if refined == count:
            break
        count = refined
    return colors[0], colors[1]


def _places(side: Sequence[Convolution]) -> list[list[int]]:
    place_of = {each.name: place for place, each in enumerate(side)}
    return [[place_of[name] for name in each.inputs if name in place_of] for each in side]


def _turned(before: Sequence[Sequence[int]]) -> list[list[int]]:
    after: list[list[int]] = [[] for _ in before]
    for place, seen in enumerate(before):
        for each in seen:
            after[each].append(place)
    return after


def _groups(colors: Colors, pairs: Mapping[int, int]) -> Iterable[tuple[list[int], list[int]]]:
    """The places of each color on both sides that have no partner yet."""
    taken = set(pairs.values())
    groups: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place, color in enumerate(colors[0]):
        if place not in pairs:
            groups[color][0].append(place)
    for place, color in enumerate(colors[1]):
        if place not in taken:
            groups[color][1].append(place)
    return [group for group in groups.values() if group[0] and group[1]]


def _paired(our: Sequence[int], their: Sequence[int], tests: Sequence[SameName]) -> Pairs:
    """Pairs of a group: the only two, or by name where all have one of their own."""
    if len(our) == len(their) == 1:
        return {our[0]: their[0]}
    for test in tests:
        found = {o: [t for t in their if test(o, t)] for o in our}
        chosen = [ts[0] for ts in found.values() if len(ts) == 1]
        if len(chosen) == len(our) == len(set(chosen)):
            return dict(zip(our, chosen, strict=True))
    return {}


def _by_name_alone(
    ours: Sequence[Convolution],
    theirs: Sequence[Convolution],
    pairs: Mapping[int, int],
    tests: Sequence[SameName],
) -> Pairs:
    """Pairs of one form and one name that see the same, whatever sees them.

    What sees something else here than there would multiply what it was not made for.
    """
    found = dict(pairs)
    seen_by_ours, seen_by_theirs = _places(ours), _places(theirs)
    progress = True
    while progress:
        progress = False
        for our in (place for place in range(len(ours)) if place not in found):
            seen = {found.get(each) for each in seen_by_ours[our]}
            taken = set(found.values())
            candidates = [
                their
                for their, each in enumerate(theirs)
                if their not in taken
                and form(each) == form(ours[our])
                and seen == set(seen_by_theirs[their])
            ]
            for test in tests:
                same = [their for their in candidates if test(our, their)]
                if len(same) == 1:
                    found[our] = same[0]
                    progress = True
                    break
    return found
