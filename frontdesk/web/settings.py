"""What the web server must be told about where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
PRIVATE_NETWORKS: tuple[Network, ...] = tuple(ip_network(text) for text in _PRIVATE)


@dataclass(frozen=True)
class WebSettings:
    """Limits count per process and per address (an IPv6 address counts as its /64)."""

    https: bool = False
    """Browsers reach us over https: cookies are marked Secure and browsers are told to insist on https."""
    trusted_proxies: tuple[Network, ...] = ()
    """Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    public_origins: frozenset[str] = frozenset()
    """Origins (scheme://host[:port]) of our own pages, where a proxy changes the Host header."""
    metrics_from: tuple[Network, ...] = PRIVATE_NETWORKS
    """Networks that may read /metrics."""
    opens_per_minute: int = 30
    """New conversations."""
    lookups_per_minute: int = 20
    """Status look-ups."""
    wrong_digits_per_hour: int = 20
    """Failed status look-ups of one case number, whatever the address."""


def within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address is in one of the networks; False for what is no IP address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)
