"""What one environment variable may hold: parsers that say what came and what is allowed."""

import ipaddress
import math
import re
from collections.abc import Mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ORIGIN = re.compile(
    r"(null|https?://[a-z0-9._-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?)"
)
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


def _is_host(text: str) -> bool:
    """A host's name, or an address, with brackets around one of version 6."""
    if text.startswith("[") and text.endswith("]"):
        return _is_ipv6(text[1:-1])
    if re.fullmatch(r"[0-9.]+", text):
        return _is_address(text)
    return _HOST_NAME.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


class SettingError(ValueError):
    """A setting does not parse; the message names it, its value and what is allowed."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name}={value!r} is not allowed: {allowed}")


class Environment:
    """The environment's variables, with what is set to nothing counted as not set.

    Compose files pass `MODEL_NAME=` where nobody chose a model.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = {name: value for name, value in variables.items() if value.strip()}

    def text(self, name: str) -> str | None:
        """The variable without surrounding blanks, or None where it is not set."""
        value = self._variables.get(name)
        return None if value is None else value.strip()

    def whole_number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number from `lowest` to `highest`.

        Raises:
            SettingError: it is no such number.
        """
        value = self.text(name)
        if value is None:
            return default
        # The length is bounded because int() of a very long text takes quadratic time.
        if re.fullmatch(r"[0-9]{1,18}", value) and lowest <= int(value) <= highest:
            return int(value)
        raise SettingError(name, value, f"a whole number from {lowest} to {highest} is expected")

    def seconds(self, name: str, default: float, highest: float) -> float:
        """A duration above 0 and up to `highest` seconds.

        Raises:
            SettingError: it is no such number.
        """
        value = self.text(name)
        if value is None:
            return default
        try:
            duration_s = float(value)
        except ValueError:
            duration_s = math.nan
        if 0 < duration_s <= highest:
            return duration_s
        raise SettingError(name, value, f"seconds above 0 and up to {highest:g} are expected")

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of `choices`, in any case.

        Raises:
            SettingError: it is none of them.
        """
        value = self.text(name)
        if value is None:
            return default
        if value.lower() in choices:
            return value.lower()
        raise SettingError(name, value, f"one of {', '.join(choices)} is expected")


def parse_addresses(name: str, value: str) -> tuple[str, ...]:
    """`host:port` or `unix:/path/of/a/socket`, or several of them with commas between.

    Example:
        >>> parse_addresses("SERVING_ADDRESS", "10.0.0.1:8500, 10.0.0.2:8500")
        ('10.0.0.1:8500', '10.0.0.2:8500')

    Raises:
        SettingError: one of them has no host, or no port from 1 to 65535.
    """
    addresses = tuple(part.strip() for part in value.split(","))
    for address in addresses:
        host, _, port = address.rpartition(":")
        if address.startswith("unix:/"):
            continue
        if not (_is_host(host) and port.isdecimal() and 1 <= int(port) <= 65535):
            raise SettingError(
                name,
                value,
                f"host:port or unix:/path is expected, or several with commas, not {address!r}",
            )
    return addresses


def parse_host(name: str, value: str) -> str:
    """A host name or an address; brackets around one of version 6 are taken off.

    Raises:
        SettingError: it is neither.
    """
    if _is_host(value):
        return value.strip("[]")
    if _is_ipv6(value):
        return value
    raise SettingError(name, value, "a host name or an IP address is expected, without a port")


def parse_networks(name: str, value: str) -> tuple[Network, ...]:
    """Addresses, or networks of them, with commas between.

    Example:
        >>> parse_networks("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
        (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))

    Raises:
        SettingError: one of them is neither.
    """
    networks = []
    for part in value.split(","):
        try:
            networks.append(ipaddress.ip_network(part.strip(), strict=False))
        except ValueError as error:
            raise SettingError(
                name,
                value,
                "IP addresses or networks such as 10.0.0.0/8 are expected, with commas, not "
                f"{part.strip()!r}",
            ) from error
    return tuple(networks)


def parse_host_names(name: str, value: str) -> tuple[str, ...]:
    """Names of hosts with commas between; `.example.com` for all below it, `*` for any.

    Example:
        >>> parse_host_names("ALLOWED_HOSTS", "boxes.example.com, .example.org")
        ('boxes.example.com', '.example.org')

    Raises:
        SettingError: one of them is none of these.
    """
    names = tuple(part.strip() for part in value.split(","))
    for each in names:
        if each != "*" and not _is_host(each.removeprefix(".")):
            raise SettingError(
                name,
                value,
                "host names without ports are expected, with commas, .example.com for all below "
                f"it or * for any, not {each!r}",
            )
    return names


def parse_origins(name: str, value: str | None) -> tuple[str, ...]:
    """Origins of pages with commas between; `*` for any, none where nothing is set.

    Example:
        >>> parse_origins("ALLOW_ORIGINS", "https://a.example, http://localhost:8080")
        ('https://a.example', 'http://localhost:8080')

    Raises:
        SettingError: one of them is no origin as browsers send it.
    """
    origins = () if value is None else tuple(part.strip() for part in value.split(","))
    for each in origins:
        if each != "*" and not _ORIGIN.fullmatch(each):
            raise SettingError(
                name,
                value or "",
                "origins such as https://boxes.example.com:8443 are expected, in lower case, with "
                f"commas and without a path, or * for any, not {each!r}",
            )
    return origins
