"""GraphiQL in a headless Chromium, and everything that it asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-component-update",
)
PATIENCE_MS = 30_000
"""For what a page is to show, in every test: a busy machine is slow."""
expect.set_options(timeout=PATIENCE_MS)

READ = "name => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.operationName === name"

KEPT = "text => sessionStorage.getItem('graphiql:tabState')?.includes(JSON.stringify(text).slice(1, -1))"


@dataclass
class Playground:
    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the console said, violations of the content security policy included, and exceptions nobody caught."""

    def listen(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def elsewhere(self) -> list[str]:
        """Requests to any host but ours; `data:` is no request."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requests if not url.startswith("data:") and urlsplit(url).netloc != own]

    async def open(self, path: str = "/graphiql") -> None:
        await self.page.goto(self.url + path)
        await expect(self.page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible()
        await expect(self.page.locator(".graphiql-spinner")).to_have_count(0)

    async def show(self, tab: str) -> None:
        """And waits until GraphiQL has read the operation in it, which is named as the tab is."""
        await self.page.get_by_role("tab", name=tab, exact=True).click()
        await self.page.wait_for_function(READ, arg=tab)

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()

    async def answers(self, text: str) -> None:
        await expect(self.page.locator(".result-window")).to_contain_text(text)

    async def line_says(self, text: str) -> None:
        await expect(self.page.locator(".story")).to_contain_text(text)

    async def write(self, editor: str, text: str) -> None:
        """Replaces what is in the `Headers` or the `Variables`, which GraphiQL then keeps with their tab."""
        await self.page.get_by_role("button", name=editor, exact=True).click()
        await self.page.locator(f"section[aria-label={editor}] .CodeMirror:visible").click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.insert_text(text)
        if editor == "Variables":
            await self.page.wait_for_function(KEPT, arg=text)

    async def variables(self) -> str:
        shown = self.page.locator("section[aria-label=Variables] .CodeMirror:visible .CodeMirror-code")
        return await shown.inner_text()


@asynccontextmanager
async def playground_at(url: str) -> AsyncIterator[Playground]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            opened = Playground(await browser.new_page(viewport={"width": 1440, "height": 900}), url)
            opened.listen()
            yield opened
        finally:
            await browser.close()
