# One image for every part: web, worker, beat, follower and the one-shot migration.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE manage.py ./
COPY registry registry
COPY providers providers
COPY credentials credentials
COPY api api
# The parts that it depends on; the register itself runs from /app, where its templates are.
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt '.[pdf]' \
    && /venv/bin/pip uninstall -y national-qualifications-register

FROM python:3.11-slim-bookworm
# What letters as PDF need: the libraries that lay out text, and letters for every language of the register.
RUN apt-get update && apt-get install -y --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home register && mkdir /state && chown register /state
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY registry registry
COPY providers providers
COPY credentials credentials
COPY api api
COPY templates templates
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app NQR_HOME=/state STATIC_ROOT=/app/staticfiles PYTHONUNBUFFERED=1
RUN SECRET_KEY=build DATABASE_URL=postgresql:///none python manage.py collectstatic --noinput --verbosity 0
USER register
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "registry.wsgi:application"]
