# Rollcall as an image that holds one static program, its CA roots and time zones inside it, and nothing else.
#
#   docker build --tag rollcall .
#   docker run --read-only --publish 8080:8080 --volume rollcall:/data rollcall --tls-ends-before
#
# musl makes the program static. SQLite and ring are C, so a C compiler for musl is needed: musl-tools brings `musl-gcc`,
# which the build scripts of both find by its usual name through the variable below. The browser app is built first and
# embedded.

FROM docker.io/library/rust:1.95-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY rust-toolchain.toml ./
RUN rustup target add wasm32-unknown-unknown x86_64-unknown-linux-musl
COPY Cargo.toml Cargo.lock rustfmt.toml clippy.toml ./
COPY .cargo .cargo
COPY model model
COPY sandbox sandbox
COPY backend backend
COPY frontend frontend
COPY migrations migrations
COPY e2e e2e
COPY xtask xtask
ENV CC_x86_64_unknown_linux_musl=musl-gcc
RUN cargo xtask build --frontend-only \
 && cargo build --release --locked --package rollcall --target x86_64-unknown-linux-musl \
 && install -D target/x86_64-unknown-linux-musl/release/rollcall /out/rollcall \
 && install -d -m 0700 /out/data

FROM scratch
COPY --from=build /out/rollcall /rollcall
# A volume takes the owner of the folder it first covers.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
ENV ROLLCALL_LISTEN=0.0.0.0:8080 \
    ROLLCALL_DATABASE=/data/rollcall.db
ENTRYPOINT ["/rollcall", "serve"]
