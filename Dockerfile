# Behind a mirror: --build-arg BASE=registry.example/python:3.12-slim --build-arg PIP_INDEX_URL=https://mirror.example/simple
# Behind a proxy: --build-arg HTTPS_PROXY=http://proxy.example:3128 (known to Docker, not kept in the image)
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
ARG PIP_INDEX_URL
COPY requirements.txt /tmp/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r /tmp/requirements.txt

FROM ${BASE}
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --uid 1000 --no-create-home txt2voice && install --directory --owner=txt2voice --group=txt2voice /data
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
USER txt2voice
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000"]
