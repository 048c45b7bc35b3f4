"""The example page in a headless Chromium, as `make example-frontend` serves it, with a cable to the service."""

import asyncio
import fcntl
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from playwright.async_api import Browser, ConsoleMessage, Page, WebSocket, async_playwright, expect

from tests.api.client import SERVICE, Api
from tests.examples.cable import Cable, cable_to
from tests.examples.node import EXAMPLES, INSTALL_SECONDS, process
from tests.playground.browser import ARGUMENTS, CHROMIUM
from tests.serving import free_port

FOLDER = EXAMPLES / "frontend"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
FOUND = "async () => (await axe.run()).violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])"
NETWORK = ("net::ERR_", "closed before the connection is established")
"""In what Chromium itself says of a network that broke, or of a socket that somebody else's replaces."""


def build() -> None:
    """As make does before the tests, and here again for those who run them without; one at a time."""
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", "--silent", "examples/frontend/dist/browser/index.html"]
        made = subprocess.run(
            command, cwd=EXAMPLES.parent, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    assert made.returncode == 0, made.stdout + made.stderr


@dataclass
class Visit:
    """One person's tab."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """Of the content security policy, and of exceptions nobody caught."""
    resumed: list[str | None] = field(default_factory=list)
    """The cursor of each subscription, in the order they were begun."""
    told: list[int] = field(default_factory=list)
    """The sequences of the steps that came over WebSockets."""

    def listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("websocket", self._overhear)

    def _hear(self, said: ConsoleMessage) -> None:
        if not any(words in said.text for words in NETWORK):
            self.complaints.append(said.text)

    def _overhear(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._sent(json.loads(frame)))
        socket.on("framereceived", lambda frame: self._received(json.loads(frame)))

    def _sent(self, message: Any) -> None:
        if message["type"] == "subscribe":
            self.resumed.append(message["payload"]["variables"]["after"])

    def _received(self, message: Any) -> None:
        if message["type"] == "next":
            self.told.append(message["payload"]["data"]["paymentStatusChanged"]["event"]["sequence"])

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def says(self, title: str) -> None:
        await expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible()

    async def back_from_checkout(self, button: str) -> str:
        """Presses it on the checkout page; the payment's id."""
        await self.page.get_by_role("button", name=button).first.click()
        return await self.shown_payment()

    async def shown_payment(self) -> str:
        await self.page.wait_for_url(re.compile("/reservations/.+payment="))
        return self.page.url.partition("payment=")[2][:36]

    async def shows_history(self, *steps: str) -> None:
        await expect(self.page.get_by_role("list", name="History").locator(".title")).to_have_text(list(steps))

    async def become(self, person: str) -> None:
        await self.page.get_by_label("Signed in as").select_option(person)

    async def is_accessible(self) -> None:
        """By axe, as far as a machine can tell."""
        await self.page.evaluate(await asyncio.to_thread(AXE.read_text))
        found = await self.page.evaluate(FOUND)
        assert found == [], found


@dataclass
class Frontend:
    url: str
    payments: Api
    """The service, reached without the cable."""
    cable: Cable
    browser: Browser
    database_url: str

    @asynccontextmanager
    async def visited(self, **options: Any) -> AsyncIterator[Visit]:
        """A new reservation in a new tab, of the guest."""
        context = await self.browser.new_context(**options)
        visit = Visit(await context.new_page())
        visit.listen()
        await visit.page.goto(self.url)
        await visit.says("Nothing paid yet")
        try:
            yield visit
        finally:
            self.cable.plug_in()
            await context.close()
        assert visit.complaints == [], visit.complaints


@asynccontextmanager
async def frontend_on(database_url: str) -> AsyncIterator[Frontend]:
    await asyncio.to_thread(build)
    port, page_port = free_port(), free_port()
    url, service = f"http://localhost:{page_port}", f"http://127.0.0.1:{port}"
    async with cable_to(port) as (cable, other_end):
        environment = {
            "PORT": str(port),
            "PAGE_PORT": str(page_port),
            "PAYMENTS_URL": f"{other_end}/graphql",
            "PYTHON": sys.executable,
            "DATABASE_URL": database_url,
            "SERVICE_TOKENS": SERVICE,
        }
        async with (
            process(FOLDER, "./with-node", "node", "development/start.ts", ready=url, **environment),
            httpx.AsyncClient(base_url=service, timeout=20) as http,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Frontend(url, Api(service, http), cable, browser, database_url)
            await browser.close()
