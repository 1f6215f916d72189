# Builds the service and runs it unprivileged.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      libpq-dev libcurl4-openssl-dev libssl-dev zlib1g-dev pkg-config && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY Benchmarks Benchmarks
RUN swift build -c release --product issuebridge --static-swift-stdlib \
    && install -D "$(swift build -c release --show-bin-path)/issuebridge" /out/issuebridge

FROM debian:bookworm-slim AS assets
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv ca-certificates
WORKDIR /src
COPY scripts/fetch-assets scripts/assets.txt scripts/
RUN bash scripts/fetch-assets

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      libpq5 libcurl4 libssl3 zlib1g libxml2 tzdata ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home issuebridge
COPY --from=build /out/issuebridge /usr/bin/issuebridge
COPY migrations /usr/share/issuebridge/migrations
COPY Console /usr/share/issuebridge/Console
COPY --from=assets /src/.assets /usr/share/issuebridge/.assets
COPY openapi.yaml /usr/share/issuebridge/
USER 10001
ENV ISSUEBRIDGE_HOST=0.0.0.0 ISSUEBRIDGE_DATA_DIR=/home/issuebridge/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl -fsS http://127.0.0.1:8080/readyz
ENTRYPOINT ["/usr/bin/issuebridge"]
CMD ["serve"]
