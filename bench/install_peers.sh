#!/usr/bin/env bash
# Installs the tools that the benchmark runs beside godwit into the folder given, with the Go toolchain.
set -euo pipefail
folder=$(mkdir -p "${1:?usage: install_peers.sh FOLDER}" && cd "$1" && pwd)
command -v go > /dev/null || { echo "bench: no Go toolchain: golang-migrate and goose are left out" >&2; exit 0; }

install_go() {
    local program=$1
    shift
    [ -x "$folder/$program" ] || (cd / && GOBIN=$folder GOFLAGS=-mod=mod go install "$@")
}
install_go migrate -tags 'postgres pgx5 mysql sqlite3' github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1
install_go goose github.com/pressly/goose/v3/cmd/goose@v3.27.0
