#!/bin/sh
# Runs the relay, or one of its commands, under the Node that it was tested with.
set -e
here=$(dirname "$(readlink -f "$0")")
exec "$here/../lib/node" @FLAGS@ "$here/../lib/relay/main.js" "$@"
