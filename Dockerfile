# The action's image. Any Debian with Python 3.11 or newer and its venv module can be the base.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/venv
COPY requirements.lock requirements-build.lock ./
RUN /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY templates templates
RUN /opt/build/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir dist . \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --no-deps --no-index dist/*.whl

# The PostgreSQL server on which a change is tried: unpacked, not installed, without the compiler and the Perl that come with it.
FROM ${BASE} AS server
WORKDIR /packages
RUN apt-get update \
 && apt-get install --simulate --no-install-recommends \
      postgresql-17 postgresql-17-pgvector postgresql-17-plpgsql-check tzdata \
    | sed --quiet "s/^Inst \([^ ]*\).*/\1/p" \
    | grep --extended-regexp --invert-match "perl|-common|-client-|^(adduser|libc-l10n|libedit|libllvm|libproc|libtext|libz3|locales|procps|sensible|ssl|ucf)" \
    | xargs apt-get download
RUN for package in *.deb; do dpkg-deb --extract "$package" /server; done \
 && cd /server && rm -rf etc var usr/lib/systemd usr/lib/postgresql/17/lib/bitcode usr/lib/postgresql/17/lib/llvmjit* \
 && find usr/lib/postgresql/17/bin -type f ! -name initdb ! -name postgres -delete \
 && find usr/share -mindepth 1 -maxdepth 1 ! -name postgresql ! -name zoneinfo -exec rm -rf {} + \
 && rm -rf usr/share/postgresql/17/man

FROM ${BASE}
LABEL org.opencontainers.image.title="Midflight" \
      org.opencontainers.image.description="Checks a pull request for the middle of its deployment" \
      org.opencontainers.image.licenses="MIT"
RUN command -v git > /dev/null && test -e /etc/ssl/certs/ca-certificates.crt \
 || (apt-get update && apt-get install --yes --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*)
RUN useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin postgres
COPY --from=server /server /
COPY --from=build /opt/venv /opt/venv
RUN /opt/venv/bin/python -B -c "from midflight.adapters.shadow import prepared, server; prepared.prepare(server.find_server().directory, 'postgres')"
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 GIT_TERMINAL_PROMPT=0
ENTRYPOINT ["/opt/venv/bin/midflight-action"]
