#!/usr/bin/env bash
# Installs the tools that the benchmark runs beside godwit into the folder given, each with the ordinary client of its
# registry. One that cannot be had is named on stderr and left out.
set -uo pipefail
folder=$(mkdir -p "${1:?usage: install_peers.sh FOLDER}" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
left_out() { echo "bench: $1 is left out: $2" >&2; }

install_go() {
    local program=$1 package=$2
    shift 2
    [ ! -x "$folder/$program" ] || return 0
    command -v go > /dev/null || PATH=$PATH:/usr/local/go/bin
    command -v go > /dev/null || { left_out "$program" "there is no Go toolchain"; return 0; }
    (cd / && GOBIN=$folder GOFLAGS=-mod=mod go install "$@" "$package") || left_out "$program" "go install failed"
}

# Its makers' own package for npm holds the program as they built it.
install_dbmate() {
    [ ! -x "$folder/dbmate" ] || return 0
    command -v npm > /dev/null || { install_go dbmate github.com/amacneil/dbmate/v2@v2.36.0; return 0; }
    npm install --silent --no-audit --no-fund --prefix "$folder/npm" dbmate@2.36.0 \
        && ln -sf "$folder"/npm/node_modules/@dbmate/*/bin/dbmate "$folder/dbmate" \
        || left_out dbmate "npm install failed"
}

install_alembic() {
    [ ! -x "$folder/alembic/bin/alembic" ] || return 0
    python3 -m venv "$folder/alembic" \
        && "$folder/alembic/bin/pip" -q install alembic==1.16.5 psycopg2-binary pymysql \
        || { rm -rf "$folder/alembic"; left_out alembic "pip install failed"; }
}

# From Maven's registry, with the JDBC drivers: started as its own script does.
install_flyway() {
    [ ! -x "$folder/flyway/flyway" ] || return 0
    command -v java > /dev/null && command -v mvn > /dev/null || { left_out flyway "there is no Java with Maven"; return 0; }
    mvn -q -B -f "$here/flyway.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DoutputDirectory="$folder/flyway/lib" || { left_out flyway "Maven could not fetch it"; return 0; }
    printf '#!/bin/sh\nexec java -cp "%s/flyway/lib/*" org.flywaydb.commandline.Main "$@"\n' "$folder" > "$folder/flyway/flyway"
    chmod +x "$folder/flyway/flyway"
}

install_go migrate github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1 -tags 'postgres pgx5 mysql sqlite3'
install_go goose github.com/pressly/goose/v3/cmd/goose@v3.27.0
install_dbmate
install_alembic
install_flyway
