# syntax=docker/dockerfile:1
# Nothing of the build stage but /opt/fin-agent comes into the image: no pip cache, no sources, no
# secrets. The root file system may be read-only: what is written goes to /data and /tmp.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/fin-agent
COPY requirements-image.lock ./
RUN /opt/fin-agent/bin/pip install --require-hashes --only-binary :all: -r requirements-image.lock
COPY pyproject.toml README.md config.yaml ./
COPY config config
COPY src src
# Byte code is made here, once: a read-only root could not keep it.
RUN /opt/fin-agent/bin/pip install --no-deps --no-build-isolation . \
    && /opt/fin-agent/bin/pip uninstall --yes pip setuptools

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="fin-agent" \
      org.opencontainers.image.description="A one-day trading agent for one trader"
# The home is in /tmp because libraries keep caches there; XDG_* would be asked by only some.
ENV PATH=/opt/fin-agent/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FIN_AGENT_DATA_DIR=/data \
    HOME=/tmp
RUN groupadd --gid 10001 fin-agent \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fin-agent \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data \
    && install --directory --mode 0755 /config
COPY --from=build /opt/fin-agent /opt/fin-agent
# A config.yaml that is mounted here is the one in force; without it the shipped one is.
WORKDIR /config
USER 10001:10001
VOLUME ["/data"]
STOPSIGNAL SIGTERM
# /healthz is answered by the agent's event loop: one that stopped turning is unhealthy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8420/healthz', timeout=4)"]
# Exec form: the agent itself gets SIGTERM. `init: true` or `docker run --init` puts tini before it.
ENTRYPOINT ["fin-agent"]
CMD ["run"]
