"""What phones, cameras, apps and augmenters hang on the name of a shot, and the shot's own name.

Copies, edits and augmentations are other forms of one shot. Which mark is one is told by the names
of the others: `x_flip` is a form of `x` where there is an `x`, or where `x` has a number as shots
do; of a `cat_dark` and a `cat_blur` alone nobody knows.
"""

import re
from collections import Counter
from collections.abc import Sequence

from training.datasets.upload_names import without_upload_prefix

# Roboflow's ending, and the former suffix before it; Augmentor's hangs a UUID on the whole name.
_ROBOFLOW = re.compile(r"\.rf\.[0-9A-Za-z]{6,}$")
_AUGMENTOR = re.compile(
    r"(?<=\.jpg_|\.png_)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE
)
_FORMER_SUFFIX = re.compile(r"[-_.](?:jpe?g|png|bmp|webp|heic|tiff?|gif)_?$", re.IGNORECASE)
# What systems call a copy, in the languages of most of them.
_COPY = re.compile(
    r"(?: - |[ _-])(?:copy|copie|kopie|kopia|copia|cópia|kopi|副本|コピー|복사본|копия)"
    r"(?: ?\(\d{1,3}\)| \d{1,3})?$",
    re.IGNORECASE,
)
_COPY_OF = re.compile(r"^(?:copy(?: \d+)? of |kopie von |copia de |copie de )", re.IGNORECASE)
# A download that was there already, or the next of a burst or of a message.
NUMBERED = re.compile(r"[ _]?\((?P<copy>\d{1,3})\)$")
# Google's edits of a photo, and Apple's (`IMG_E1234`).
_EDITED = re.compile(
    r"(?:[-_ ](?:edited|edit|bearbeitet|modifié|editado|effects|enhanced|retouched)|~\d{1,2})$",
    re.IGNORECASE,
)
_APPLES = re.compile(r"^IMG_E(?=\d{4}$)")
_WORDS = (
    "h?v?flip(?:ped)?(?:[-_]?(?:lr|ud|h|v|x|y|hor|ver|horizontal(?:ly)?|vertical(?:ly)?))?"
    "|(?:horizontal|vertical)[-_]?flip|mirror(?:ed)?"
    "|rot(?:ate|ated|ation)?|aug(?:mented|mentation)?|blur(?:red|ry)?|gaussian|noise|noisy"
    "|gr[ae]y(?:scale)?|bright(?:ness|er|ened)?|dark(?:er|ened)?|contrast|hue|saturation|hsv"
    "|sharp(?:en|ened)?|crop(?:ped)?|scaled?|zoom(?:ed)?|shear(?:ed)?|shift(?:ed)?|trans(?:late|lated)"
    "|cutout|clahe|equali[sz]ed?|invert(?:ed)?|jitter|resized?|transposed?|perspective|fog|rain"
)
# Not `_0012`, which is a frame's number.
_AMOUNT = r"(?:[-_]?[-+]?(?!0\d\d)\d{1,4}(?:\.\d+)?(?:deg|x)?)?"
# Of a shot that is not there itself: more are rather frames of a video.
MOST_FORMS = 20
_AUGMENTED = re.compile(rf"[-_ ](?:{_WORDS}){_AMOUNT}$", re.IGNORECASE)
_AUGMENTED_FIRST = re.compile(rf"^(?:{_WORDS}){_AMOUNT}[-_ ](?=.)", re.IGNORECASE)


def original_name(name: str) -> str:
    """A file's name as it was before a tool renamed or copied it, without its suffix.

    Args:
        name: a path with `/`.

    Example:
        >>> original_name("images/IMG-20230312-WA0065_jpg.rf.465771d5e2525d1245.jpg")
        'images/IMG-20230312-WA0065'
        >>> original_name("IMG_1234 - Copy (2).jpg"), original_name("3fa9c1d2-IMG_1234.jpg")
        ('IMG_1234', 'IMG_1234')
    """
    folder, slash, file = name.rpartition("/")
    stem = file.rpartition(".")[0] or file
    for mark in (_ROBOFLOW, _AUGMENTOR, _FORMER_SUFFIX):
        stem = mark.sub("", stem) or stem
    stem = without_upload_prefix(stem, digits_alone=False)
    for mark in (_COPY, _COPY_OF):
        stem = mark.sub("", stem) or stem
    return f"{folder}{slash}{stem}"


def shot_names(names: Sequence[str]) -> list[str]:
    """The shot that each image is a form of; two of the same name are one in two forms.

    Args:
        names: of all images, paths with `/`.

    Example:
        >>> shot_names(["a1.jpg", "a1_flip.jpg", "a1_rot90_blur.jpg", "cat_dark.jpg"])
        ['a1', 'a1', 'a1', 'cat_dark']
    """
    originals = [original_name(name) for name in names]
    there = set(originals)
    bases = {each: _bases(each) for each in there}
    # A mark that is on every image says nothing: it is the set's, as in `crop_0001`.
    marked = Counter(base for found in bases.values() for base in found)
    chosen: dict[str, str] = {}
    for each, found in bases.items():
        known = [
            base
            for base in found
            if base in there or (1 < marked[base] <= MOST_FORMS and _has_number(base))
        ]
        chosen[each] = known[-1] if known else each
    return [chosen[each] for each in originals]


def _bases(name: str) -> list[str]:
    """What a name may be a form of, with one mark less each time."""
    folder, slash, stem = name.rpartition("/")
    found = []
    for _ in range(4):
        shorter = stem
        for mark in (_EDITED, _AUGMENTED, _AUGMENTED_FIRST):
            shorter = mark.sub("", stem)
            if shorter != stem:
                break
        if shorter == stem:
            shorter = _APPLES.sub("IMG_", stem)
        if shorter in (stem, ""):
            break
        stem = shorter
        found.append(f"{folder}{slash}{stem}")
    return found


def _has_number(name: str) -> bool:
    return any(each.isdigit() for each in name.rpartition("/")[2])
