"""Classes that a format cannot hold are refused: under another name they would be others."""

from collections.abc import Callable, Iterable

from training.datasets.defects import DatasetError

# XML 1.0's characters, which has no way to write the others.
_XML_CONTROLS = "\t\n"


def check_classes(
    names: Iterable[str], form: str, fault: Callable[[str], str], *, what: str = "class"
) -> None:
    """Look for names that would be read back as others, or as nothing.

    Args:
        names: the classes'.
        form: what is written, for the message.
        fault: what is wrong with a name, after a comma, such as `where it stands for nothing`;
            empty where nothing is.
        what: what has these names.

    Raises:
        DatasetError: there is one.
    """
    for name in names:
        reason = fault(name)
        if reason:
            raise DatasetError(
                f"the {what} {name!r} cannot be written as {form}, {reason}; rename it first"
            )


def spaces_around(name: str) -> str:
    """The fault of a name that begins or ends with a space, in a form whose readers drop it."""
    return "whose readers leave out spaces around a name" if name != name.strip() else ""


def no_utf8(name: str) -> str:
    """The fault of a name with half of a pair of UTF-16, as JSON and YAML can say them."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        return f"whose UTF-8 has no U+{ord(name[error.start]):04X}"
    return ""


def no_xml(name: str) -> str:
    """The fault of a name with a letter that XML cannot hold."""
    return next((f"whose XML has no U+{ord(each):04X}" for each in name if not _is_xml(each)), "")


def _is_xml(letter: str) -> bool:
    return letter in _XML_CONTROLS or (
        letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff"
    )
