"""The time, by ASGI."""

from datetime import datetime, timezone

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def now(request):
    return JSONResponse({"now": datetime.now(timezone.utc).isoformat(), "scheme": request.url.scheme})


app = Starlette(routes=[Route("/", now)])
