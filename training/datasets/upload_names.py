"""What Label Studio puts before an upload's name: eight hexadecimal digits of a UUID and a hyphen.

`20240101-cat.jpg` begins with a date, and is called so by its photographer.
"""

import re
from datetime import date

_PREFIX = re.compile(r"^([0-9a-f]{4,})-(?=.)")
# Of a UUID; tools that copy its names take fewer.
_DIGITS = 8
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def without_upload_prefix(name: str, *, digits_alone: bool = True, is_upload: bool = False) -> str:
    """A file's name as it was before its upload.

    Args:
        name: without folders.
        digits_alone: whether eight decimal digits that are no date are such a beginning too: of
            2 in 100 uploads they are, and of as many numbered photos.
        is_upload: whether it is known to be one, which then may begin with other than eight.

    Example:
        >>> without_upload_prefix("ab12cd34-a.jpg"), without_upload_prefix("20240101-a.jpg")
        ('a.jpg', '20240101-a.jpg')
    """
    found = _PREFIX.match(name)
    if found is None:
        return name
    digits = found[1]
    if len(digits) != _DIGITS and not is_upload:
        return name
    if digits.isdigit() and (not digits_alone or _is_date(digits)):
        return name
    return name[found.end() :]


def _is_date(digits: str) -> bool:
    """Whether eight digits are a day, its year first or last."""
    if len(digits) != _DIGITS:
        return False
    year_first = (digits[:4], digits[4:6], digits[6:])
    day_first = (digits[4:], digits[2:4], digits[:2])
    month_first = (digits[4:], digits[:2], digits[2:4])
    return any(map(_is_day, (year_first, day_first, month_first)))


def _is_day(parts: tuple[str, str, str]) -> bool:
    year, month, day = map(int, parts)
    try:
        date(year, month, day)
    except ValueError:
        return False
    return _FIRST_YEAR <= year <= _LAST_YEAR
