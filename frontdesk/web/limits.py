"""The limits of one running server."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from frontdesk.web.settings import WebSettings
from frontdesk.web.throttle import Throttle


@dataclass(frozen=True)
class Limits:
    """One throttle per thing that can be overdone. Lines in an open conversation are never limited here."""

    opens: Throttle
    lookups: Throttle
    wrong_digits: Throttle


def limits_of(settings: WebSettings) -> Limits:
    """The limits these settings ask for."""
    return Limits(
        opens=Throttle(
            settings.opens_per_minute,
            settings.opens_per_minute,
            "新对话开得太多了，请等 {seconds} 秒；情况紧急请直接拨打110",
        ),
        lookups=Throttle(settings.lookups_per_minute, settings.lookups_per_minute, "查得太快了，请等 {seconds} 秒再查"),
        wrong_digits=Throttle(
            settings.wrong_digits_per_hour,
            settings.wrong_digits_per_hour / 60,
            "这个编号的查询码输错太多次了，请等 {seconds} 秒再查，或拨打12345询问",
        ),
    )


LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
