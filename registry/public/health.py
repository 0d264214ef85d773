"""Is this process alive, and can it serve? For the machine that restarts it, not for people."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.exceptions import RedisError

from registry.middleware import mark_public
from registry.models import Notice


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody else."""
    mark_public(request)
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations and queue: 503 where requests could not be served. What is owed is told, not judged."""
    mark_public(request)
    checks: dict[str, str] = {}
    owed = None
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = "ok"
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["migrations"] = "pending" if pending else "ok"
        owed = Notice.objects.filter(sent_at=None).count() if not pending else None
    except Error:
        checks["database"] = "away"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
        checks["queue"] = "ok"
    except (RedisError, OSError):
        # Nothing is lost without it: throttles fail open and the sweep sends what is owed.
        checks["queue"] = "away"
    ready = checks.get("database") == "ok" and checks.get("migrations") == "ok"
    return JsonResponse(
        {"ready": ready, "checks": checks, "notices_owed": owed},
        status=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )
