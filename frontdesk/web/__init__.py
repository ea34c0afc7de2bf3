"""Pages, HTTP API and sockets for citizens and operators."""

from frontdesk.web.app import build_app
from frontdesk.web.services import Services
from frontdesk.web.settings import WebSettings

__all__ = ["Services", "WebSettings", "build_app"]
