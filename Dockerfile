# Two stages: the first compiles, the second has the binary and what packs need (Python, git, an SSH client).
FROM rust:1.95-slim-bookworm AS build
WORKDIR /squall
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/squall/target \
    cargo build --release --locked && cp target/release/squall /usr/local/bin/squall

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/squall squall \
    && install -d -o squall -g squall /var/lib/squall/data /var/lib/squall/keys /opt/squall/packs /opt/squall/configs
COPY --from=build /usr/local/bin/squall /usr/local/bin/squall
RUN ln -s squall /usr/local/bin/st2
USER squall
WORKDIR /var/lib/squall
ENV SQUALL_DATA_DIR=/var/lib/squall/data \
    SQUALL_KEYS_DIR=/var/lib/squall/keys \
    SQUALL_PACKS_DIRS=/opt/squall/packs \
    SQUALL_CONFIGS_DIR=/opt/squall/configs \
    SQUALL_LISTEN=0.0.0.0 \
    SQUALL_LOG_FORMAT=json
EXPOSE 9100 9101 9102 9103 9110
# SIGTERM drains: give `docker stop` more than the 30 seconds that running actions get.
STOPSIGNAL SIGTERM
ENTRYPOINT ["squall"]
CMD ["serve"]
