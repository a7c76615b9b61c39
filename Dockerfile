# Rollcall as an image that holds one static program, its CA roots and time zones inside it, and nothing else.
#
#   docker build --tag rollcall .
#   docker run --read-only --publish 127.0.0.1:8080:8080 --volume rollcall:/data \
#     --volume ./kubeconfig:/kubeconfig:ro rollcall --kubeconfig /kubeconfig --authority direct --tls-ends-before
#
# The kubeconfig has to be readable by user 65532 and its address reachable from within. The last two have to be said because
# the server cannot see that only this machine reaches the published port.
#
# musl makes the program static. SQLite and ring are C, so a C compiler for musl is needed: musl-tools brings `musl-gcc`,
# which the build scripts of both find by its usual name through the variables below. The browser app is built first and
# embedded.

FROM docker.io/library/rust:1.95-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY rust-toolchain.toml ./
RUN rustup component add rust-src \
 && rustup target add wasm32-unknown-unknown "$(uname -m)-unknown-linux-musl"
COPY Cargo.toml Cargo.lock rustfmt.toml clippy.toml ./
COPY .cargo .cargo
COPY model model
COPY sandbox sandbox
COPY backend backend
COPY frontend frontend
COPY migrations migrations
COPY e2e e2e
COPY xtask xtask
ENV CC_x86_64_unknown_linux_musl=musl-gcc \
    CC_aarch64_unknown_linux_musl=musl-gcc
# For the machine on which it is built; `docker build --platform` chooses another one.
RUN target="$(uname -m)-unknown-linux-musl" \
 && cargo xtask build --frontend-only \
 && cargo build --release --locked --package rollcall --target "$target" \
 && install -D "target/$target/release/rollcall" /out/rollcall \
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
