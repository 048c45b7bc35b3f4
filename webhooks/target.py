"""Where a webhook may go: never into our own network, whatever a partner's URL or its name server says."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Answers all addresses of a name; raises OSError where there is none."""

RESOLVER_THREADS = 32
"""A name server that hangs holds one of them, and none of the loop's own."""

BLOCKED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a metadata service
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a metadata service on a public address
            "169.254.0.0/16",  # link-local; 169.254.169.254 is the metadata service of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
"""All that is global unicast; loopback, unique local, link-local, multicast and mapped forms lie outside."""
BLOCKED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries any IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


class BlockedTargetError(Exception):
    """The target must not be called; the text says why and names no address."""


class UnresolvedTargetError(Exception):
    """The target's name has no address now."""


@dataclass(frozen=True, slots=True)
class TargetRules:
    https_only: bool = True
    allowed_networks: tuple[Network, ...] = ()
    """Opened by the operator, for local work."""


async def checked_addresses(host: str, port: int, rules: TargetRules, resolve: Resolve) -> list[Address]:
    """The addresses to connect to, resolved once. One forbidden address among them forbids them all.

    Raises BlockedTargetError and UnresolvedTargetError.
    """
    try:
        found = _literal(host) or [ip_address(text) for text in await resolve(host, port)]
    except (OSError, ValueError) as error:
        raise UnresolvedTargetError("The name has no address") from error
    if not found:
        raise UnresolvedTargetError("The name has no address")
    if not all(may_reach(address, rules.allowed_networks) for address in found):
        raise BlockedTargetError("The target's address is not on the public internet")
    return list(dict.fromkeys(found))


def may_reach(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or opened by the operator. Of a translated form the address within counts too."""
    inner = _inner(address)
    if any(form in network for form in (address, inner) for network in allowed):
        return True
    if isinstance(inner, IPv4Address):
        return not any(inner in network for network in BLOCKED_V4)
    return inner in GLOBAL_V6 and inner.scope_id is None and not any(inner in network for network in BLOCKED_V6)


def _inner(address: Address) -> Address:
    """The IPv4 address that a mapped or NAT64 form leads to."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _literal(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        return []


class SystemResolver:
    """The operating system's resolver, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(self._threads, _look_up, host, port)
        return [str(answer[4][0]) for answer in answers]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[tuple[object, object, object, str, tuple[object, ...]]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
