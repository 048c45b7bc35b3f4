"""A sender in a process of its own, to be killed: `python -m tests.webhooks.sending_process URL`."""

import asyncio
import sys
from dataclasses import replace

from tests.webhooks.house import SHORT_LEASE, house_at
from webhooks.worker import run


async def main(url: str) -> None:
    async with house_at(url, scale=1e-3) as house:
        print("sending", flush=True)
        await run(replace(house.sending, lease=SHORT_LEASE))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
