# One image for the web server, the workers and the sweeper; what a container runs is its command.
#
# PyTorch's build is chosen by TORCH_INDEX_URL. Empty, pip takes the default build, which for Linux on x86-64 runs on
# NVIDIA processors and without them; to leave out the CUDA libraries (several GB), name PyTorch's index of CPU builds.

FROM node:24-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim AS runtime
ARG TORCH_INDEX_URL=""
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY pyproject.toml requirements.lock ./
COPY stack/ stack/
RUN if [ -n "$TORCH_INDEX_URL" ]; then \
        pip install --index-url "$TORCH_INDEX_URL" "$(grep '^torch==' requirements.lock)"; \
    fi \
 && python -c "from stack.environment import requirements; print(*requirements(()), sep='\n')" > /tmp/requirements.txt \
 && pip install --constraint requirements.lock --requirement /tmp/requirements.txt
COPY manage.py ./
COPY segmentation_engine/ segmentation_engine/
COPY webapp/ webapp/
COPY --from=frontend /build/frontend/dist frontend/dist
RUN useradd --create-home --uid 10001 s2v && mkdir /data && chown s2v:s2v /data
USER s2v
ENV S2V_DATA=/data
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "webapp.config.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--ws-per-message-deflate", "false", "--lifespan", "off", "--no-server-header", \
     "--proxy-headers", "--forwarded-allow-ips", "*", "--timeout-graceful-shutdown", "10"]
