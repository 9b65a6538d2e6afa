#!/bin/sh
# A PostgreSQL 15 cluster to throw away.
#
#   tests/support/pg.sh start DIR   makes it in DIR (new, or an empty folder), prints its URL
#   tests/support/pg.sh stop DIR    stops it and removes DIR
#   tests/support/pg.sh url DIR     prints the URL again
#   tests/support/pg.sh crash DIR   stops it as a crash would, and starts it again
#
# Only a Unix socket inside DIR, no network. fsync is off: a power cut may spoil it, a crash of
# the server does not. As root it runs as user postgres, since the server refuses root.
set -eu

usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

[ $# -eq 2 ] || usage
dir=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "pg.sh: PostgreSQL is not installed" >&2; exit 1; }

as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

url() {
    echo "postgresql://$(cat "$dir/user")@/waymark?host=$dir&port=$(cat "$dir/port")"
}

start() {
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    # A socket's path has at most 107 bytes.
    [ ${#dir} -le 80 ] || { echo "pg.sh: the path of DIR is too long" >&2; exit 1; }
    [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
    as_server test -w "$dir" || { echo "pg.sh: user postgres cannot reach $dir" >&2; exit 1; }
    port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 40000))
    as_server sh -c "echo $port > '$dir/port'; id -un > '$dir/user'"
    cd "$dir"
    as_server "$bin/initdb" -D "$dir/data" -E UTF8 --locale=C -A trust --no-sync \
        > "$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; exit 1; }
    as_server tee -a "$dir/data/postgresql.conf" > /dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
port = $port
fsync = off
full_page_writes = off
max_connections = 60
shared_buffers = 32MB
CONF
    as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start > /dev/null ||
        { cat "$dir/log" >&2; exit 1; }
    as_server "$bin/createdb" -h "$dir" -p "$port" waymark
    url
}

crash() {
    dir=$(cd "$dir" && pwd)
    cd "$dir"
    as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -m immediate -w -t 60 restart > /dev/null
}

stop() {
    [ -d "$dir/data" ] || { echo "pg.sh: no cluster in $dir" >&2; exit 1; }
    dir=$(cd "$dir" && pwd)
    cd /
    as_server "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop > /dev/null || true
    rm -rf "$dir"
}

case $1 in
start) start ;;
stop) stop ;;
crash) crash ;;
url) dir=$(cd "$dir" && pwd) && url ;;
*) usage ;;
esac
