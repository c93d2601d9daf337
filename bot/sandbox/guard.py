"""Nobody but this machine's own people and bots may talk to the sandbox."""

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.webhook import host_of, is_loopback

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def check_host(host: str) -> str:
    """The address to listen at. Raises ValueError for one that other machines could reach."""
    if not is_loopback(host):
        raise ValueError(
            "The sandbox is for this machine only: "
            f"it listens at 127.0.0.1, ::1 or localhost, not at {host!r}."
        )
    return "127.0.0.1" if host == "localhost" else host


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign hosts (DNS rebinding) and foreign pages (cross-site requests)."""
    if not is_loopback(host_of(f"//{request.host}")):
        raise web.HTTPForbidden(text="The sandbox answers only under a loopback name.")
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("//")[2] != request.host:
        raise web.HTTPForbidden(text="The sandbox answers only to its own page.")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin") and request.path != "/":
        raise web.HTTPForbidden(text="The sandbox answers only to its own page.")
    if request.method == "POST" and request.path.startswith("/chat/") and origin is None:
        raise web.HTTPForbidden(text="The sandbox takes messages only from its own page.")
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: what every answer says about how it may be used."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
