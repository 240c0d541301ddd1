# A local Web Services API: docker build -t ixnstate . && docker run --rm -p 8080:8080 ixnstate
FROM python:3.13-slim
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY ixnstate ixnstate
COPY docs/schemas docs/schemas
RUN pip install --no-cache-dir '.[cli,fast,server]' && rm -rf /src
RUN useradd --create-home ixnstate && mkdir /state && chown ixnstate /state
USER ixnstate
WORKDIR /home/ixnstate
VOLUME /state
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health')"]
# It must listen beyond the container; publish the port to loopback only (-p 127.0.0.1:8080:8080) unless others may use it.
ENTRYPOINT ["ixnstate", "serve", "--host", "0.0.0.0", "--state", "/state/centre.sqlite"]
