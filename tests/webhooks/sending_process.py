"""A sender in a process of its own, to be killed: `python -m tests.webhooks.sending_process URL LEASE_SECONDS`."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

from tests.webhooks.house import house_at
from webhooks.worker import run


async def main(url: str, lease: float) -> None:
    async with house_at(url, scale=1e-3) as house:
        print("sending", flush=True)
        await run(replace(house.sending, lease=timedelta(seconds=lease)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
