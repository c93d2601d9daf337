# Paints on the GPU where the container is given one (docker run --gpus all), on the CPU elsewhere. The weights
# of VGG19 come with the Python packages, so that a running container downloads nothing.

# The packages first: they are large, and this stage stays as it is while only our own code changes. For an image
# without CUDA, a fifth of the size, set the build argument TORCH_INDEX to the index of PyTorch's CPU builds,
# which PyTorch's installation page names.
FROM python:3.12-slim-bookworm AS packages

WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/stylebot
ENV PATH=/opt/stylebot/bin:$PATH

ARG TORCH_INDEX=
COPY pyproject.toml ./
RUN python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*project['dependencies'], *project['optional-dependencies']['dask'], sep='\n')" > requirements.txt \
    && if [ -n "$TORCH_INDEX" ]; then \
         grep -E '^torch(vision)?[<>=]' requirements.txt > torch.txt \
         && pip install --index-url "$TORCH_INDEX" -r torch.txt; \
       fi \
    && pip install -r requirements.txt

FROM packages AS code

COPY README.md LICENSE ./
COPY styler styler
COPY bot bot
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 1000 stylebot \
    && install -d -o stylebot -g stylebot /data
COPY --from=packages /opt/stylebot /opt/stylebot
ENV PATH=/opt/stylebot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BOT_DATA_DIR=/data \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN --mount=type=bind,from=code,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-deps /wheels/*.whl
USER 1000:1000
WORKDIR /home/stylebot
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=20s --start-period=2m --retries=3 CMD ["stylebot", "healthcheck"]
ENTRYPOINT ["stylebot"]
