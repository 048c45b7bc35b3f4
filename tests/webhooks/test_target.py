"""Which addresses a webhook may go to."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from webhooks.target import (
    BlockedTargetError,
    SystemResolver,
    TargetRules,
    UnresolvedTargetError,
    checked_addresses,
    may_reach,
)

FORBIDDEN = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.1 127.1.2.3 127.255.255.254
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::8.8.8.8 ::ffff:0.0.0.0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1
::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1
2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fec0::1 febf::1
ff02::1 ff0e::1 4000::1 e000::1 2606:4700::1111%1
""".split()  # noqa: SIM905
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 168.63.129.15
169.253.255.255 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
223.255.255.255 2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 2001:200::1 ::ffff:8.8.8.8 64:ff9b::808:808
""".split()  # noqa: SIM905


def test_there_are_enough_of_them() -> None:
    assert len(set(FORBIDDEN)) >= 40


@pytest.mark.parametrize("text", FORBIDDEN)
def test_forbidden(text: str) -> None:
    assert not may_reach(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    assert may_reach(ip_address(text))


@pytest.mark.parametrize(
    ("text", "network", "reached"),
    [
        ("127.0.0.1", "127.0.0.0/8", True),
        ("127.0.0.1", "10.0.0.0/8", False),
        ("::1", "::1/128", True),
        ("::1", "127.0.0.0/8", False),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("64:ff9b::127.0.0.1", "127.0.0.0/8", True),
        ("169.254.169.254", "127.0.0.0/8", False),
    ],
)
def test_the_operator_opens_networks(text: str, network: str, reached: bool) -> None:
    assert may_reach(ip_address(text), [ip_network(network)]) is reached


class Answers:
    """A name server that answers differently each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:10.0.0.1", "8.8.8.8"],
        ["169.254.169.254"],
        ["fe80::1%2"],
    ],
)
async def test_one_forbidden_address_forbids_them_all(answer: list[str]) -> None:
    with pytest.raises(BlockedTargetError) as refused:
        await checked_addresses("partner.example", 443, TargetRules(), Answers(answer))
    assert not any(address in str(refused.value) for address in answer)


async def test_all_public_addresses_in_their_order_asked_for_once() -> None:
    answers = Answers(["9.9.9.9", "8.8.8.8", "9.9.9.9"], ["10.0.0.1"])
    found = await checked_addresses("partner.example", 443, TargetRules(), answers)
    assert [str(address) for address in found] == ["9.9.9.9", "8.8.8.8"]
    assert answers.asked == 1


async def test_an_address_is_not_resolved() -> None:
    answers = Answers(["8.8.8.8"])
    with pytest.raises(BlockedTargetError):
        await checked_addresses("169.254.169.254", 80, TargetRules(), answers)
    with pytest.raises(BlockedTargetError):
        await checked_addresses("::1", 80, TargetRules(), answers)
    assert answers.asked == 0


async def test_a_name_without_address() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    for resolve in (nowhere, Answers([]), Answers(["no address"])):
        with pytest.raises(UnresolvedTargetError):
            await checked_addresses("partner.example", 443, TargetRules(), resolve)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
async def test_other_spellings_of_loopback_through_the_real_resolver(host: str) -> None:
    resolver = SystemResolver()
    with pytest.raises(BlockedTargetError):
        await checked_addresses(host, 80, TargetRules(), resolver)
    resolver.close()


@pytest.mark.parametrize("host", ["a" * 70, ".example", "a..b", "no-such-name.invalid"])
async def test_names_the_real_resolver_does_not_take(host: str) -> None:
    resolver = SystemResolver()
    with pytest.raises(UnresolvedTargetError):
        await checked_addresses(host, 80, TargetRules(), resolver)
    resolver.close()
