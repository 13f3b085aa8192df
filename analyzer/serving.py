"""The web server behind ``dsmip serve``: textual-serve's, closed to pages of other sites.

A browser lets any page open a WebSocket to the loopback address, and would so give it the keyboard of a program that
reads and writes files. So a request is answered only if it names us as its host and, where it says so, its origin.
Pages may load nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
POLICY = "default-src 'self' 'unsafe-inline' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed(host: str, origin: str | None, served: str) -> bool:
    """Whether a request may be answered. ``host`` and ``origin`` are its headers, ``served`` the address we listen on.

    On a loopback address the host has to be one, or a name that leads there by trickery (DNS rebinding) gets in.
    """
    name = _name(f"//{host}")
    if served in LOCAL and name not in LOCAL:
        return False
    return origin is None or urlsplit(origin).netloc == host


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class ClosedServer(Server):
    """Serves one command; says nothing of its own."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        served = self.host

        @web.middleware
        async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not allowed(request.headers.get("Host", ""), request.headers.get("Origin"), served):
                raise web.HTTPForbidden(text="this page may not connect")
            self.public_url = f"{request.scheme}://{request.host}"  # pages load from where the browser found us
            return await handler(request)

        async def restrict(request: web.Request, response: web.StreamResponse) -> None:
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["X-Frame-Options"] = "DENY"

        app.middlewares.append(only_ours)
        app.on_response_prepare.append(restrict)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """The command line has said where to look."""

    def initialize_logging(self) -> None:
        """No log: it would show what pages ask for, and stack traces with local variables."""


def serve_forever(command: str, host: str, port: int) -> None:
    """Until Ctrl-C."""
    ClosedServer(command, host, port, title="dsmip").serve()
