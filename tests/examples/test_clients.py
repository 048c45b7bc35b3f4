"""The typed clients: generated from the schema by `make clients`, compiled, and used against the service."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schema.persisted import read_manifest
from tests.api.client import SERVICE, Api, running
from tests.api.people import PUBLIC_KEY, STRANGER, own
from tests.examples.node import EXAMPLES, INSTALL_SECONDS

CLIENTS = EXAMPLES / "clients"
PYTHON = CLIENTS / "python"
MANIFEST = CLIENTS / "typescript" / "src" / "generated" / "persisted-documents.json"


@pytest.fixture(scope="session")
def generated() -> Path:
    """`make clients` compiles both."""
    made = subprocess.run(
        ["make", "clients"], cwd=EXAMPLES.parent, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return PYTHON


def test_the_python_client_is_typed(generated: Path) -> None:
    files = [str(path) for path in (generated / "payments_client").glob("*.py") if "base_client" not in path.name]
    strictly = ["--strict", "--follow-imports=silent", "--config-file=", *files]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *strictly], cwd=generated, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


async def test_the_python_client_checks_out(generated: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(generated))
    package: Any = importlib.import_module("payments_client")
    headers = {"Authorization": f"Bearer {SERVICE}"}
    async with package.PaymentsClient(f"{api.url}/graphql", headers=headers) as client:
        amount = package.MoneyInput(amount="25.00", currency="USD")
        wanted = package.CheckoutInput(amount=amount, reservationId=str(uuid4()))
        opened = (await client.check_out(wanted)).checkout
        assert (opened.typename__, opened.payment.status) == ("CheckoutSuccess", "PENDING")
        await api.pay(opened.payment.checkout_url, "pay_silently")
        asked = package.VerifyPaymentInput(paymentId=opened.payment.id)
        verified = (await client.verify_payment(asked)).verify_payment
        assert (verified.changed, verified.payment.status) == (True, package.PaymentStatus.SUCCEEDED)


async def test_the_generated_manifest_is_a_list_of_what_is_answered(generated: Path, database_url: str) -> None:
    texts = read_manifest(MANIFEST)
    assert len(texts) == 7
    closed = {"jwt_public_key": PUBLIC_KEY, "persisted_only": True, "persisted_manifest": MANIFEST}
    async with running(database_url, **closed) as api:
        (hash_,) = [hash_ for hash_, text in texts.items() if "query Payment(" in text]
        assert f"sha256:{hash_}" in MANIFEST.read_text()
        for said in (hash_, f"sha256:{hash_}"):
            extensions = {"persistedQuery": {"version": 1, "sha256Hash": said}}
            body = {"extensions": extensions, "variables": {"id": str(uuid4())}}
            answer = await api.http.post("/graphql", json=body, headers=own(STRANGER))
            assert answer.json() == {"data": {"payment": None}}
