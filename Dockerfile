# Production image: the locked packages without the embedded servers, the code, the static files.
# It runs one process; docker-compose.yml shows which ones a whole marketplace needs.

FROM python:3.13-slim-trixie AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/emporion
COPY requirements.lock ./
RUN /opt/emporion/bin/pip install --require-hashes --no-deps -r requirements.lock
# What platforms other than PostgreSQL need, and Parquet: --build-arg EXTRAS="mariadb nats parquet"
ARG EXTRAS=""
COPY pyproject.toml requirements-connectors.lock ./
COPY deploy/extras.py deploy/extras.py
RUN if [ -n "$EXTRAS" ]; then \
      python deploy/extras.py $EXTRAS > chosen.lock && \
      /opt/emporion/bin/pip install --require-hashes --no-deps -r chosen.lock; \
    fi

FROM python:3.13-slim-trixie
ENV PATH=/opt/emporion/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=marketplace.settings \
    EMPORION_VAR=/tmp/emporion \
    STATIC_ROOT=/app/staticfiles
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin emporion
WORKDIR /app
COPY --from=packages /opt/emporion /opt/emporion
COPY manage.py ./
COPY static ./static
COPY templates ./templates
COPY locale ./locale
COPY marketplace ./marketplace
COPY catalog ./catalog
COPY governance ./governance
COPY subscriptions ./subscriptions
# Needs no secret and no server; the result belongs to root, the process may only read it.
RUN python manage.py collectstatic --no-input --verbosity 0 && python -m compileall -q .
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
# 4 threads per process, a connection to PostgreSQL each: workers x 4 must fit its max_connections.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "20", "marketplace.wsgi:application"]
