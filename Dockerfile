# Debian 13 in two stages: the first builds, the second holds the binary and the libraries that it is linked with.
FROM debian:13-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config libeigen3-dev nlohmann-json3-dev libsimdjson-dev libabsl-dev libcli11-dev \
      libspdlog-dev librdkafka-dev libhiredis-dev libxxhash-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY CMakeLists.txt ./
COPY common common
COPY config config
COPY ingest ingest
COPY model model
COPY sink sink
COPY pipeline pipeline
COPY cli cli
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DSLUICE_TESTS=OFF -DSLUICE_BENCH=OFF \
 && cmake --build /build --target sluice \
 && install -D --strip /build/cli/sluice /image/usr/local/bin/sluice \
 && ldd /image/usr/local/bin/sluice | awk '$2 == "=>" {print "*/" $1}' \
      | xargs dpkg-query --search | cut -d: -f1 | sort -u > /image/runtime-packages

FROM debian:13-slim
COPY --from=build /image/ /
RUN apt-get update \
 && xargs --arg-file=/runtime-packages apt-get install -y --no-install-recommends ca-certificates \
 && apt-get clean \
 && rm -rf /runtime-packages /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old \
      /var/log/apt /var/log/dpkg.log \
 && useradd --system --uid 10001 --user-group --home-dir /var/lib/sluice --no-create-home \
      --shell /usr/sbin/nologin sluice \
 && install -d -m 755 -o sluice -g sluice /var/lib/sluice /var/lib/sluice/state
COPY config/compose.json /etc/sluice/sluice.json
USER sluice
WORKDIR /var/lib/sluice
# Mount a volume at /var/lib/sluice/state. None is declared: each container would get an anonymous one, that of
# `replay` and of `status` too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["sluice", "status", "--config", "/etc/sluice/sluice.json", "--check", "--own"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sluice"]
CMD ["run", "--config", "/etc/sluice/sluice.json"]
