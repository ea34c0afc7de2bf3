"""For those who run the server: is it well, what is it doing."""

from __future__ import annotations

import asyncio

from aiohttp import web
from pydantic import BaseModel

from frontdesk.web.errors import ApiError
from frontdesk.web.metrics import METRICS
from frontdesk.web.replies import reply
from frontdesk.web.security import client_address
from frontdesk.web.services import SERVICES
from frontdesk.web.settings import within

HEALTH_WITHIN = 5.0


class Health(BaseModel):
    """The store answers."""

    status: str = "ok"


def install_operations(app: web.Application) -> None:
    """Add /healthz and /metrics."""
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)


async def healthz(request: web.Request) -> web.Response:
    """200 if the store answers in time, else 503."""
    try:
        async with asyncio.timeout(HEALTH_WITHIN):
            await request.app[SERVICES].store.ping()
    except TimeoutError:
        raise ApiError("store_unavailable", f"数据库 {HEALTH_WITHIN:g} 秒没有回应") from None
    return reply(Health())


async def metrics(request: web.Request) -> web.Response:
    """Counts for Prometheus, for our own networks only."""
    services = request.app[SERVICES]
    if not within(client_address(request), services.settings.metrics_from):
        raise ApiError("forbidden", "只有内部网络可以读取运行指标")
    kept = request.app[METRICS]
    if services.case_counts is not None:
        kept.cases(dict(await services.case_counts()))
    if services.speech is not None:
        kept.speech(*services.speech())
    return web.Response(body=kept.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
