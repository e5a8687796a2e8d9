#!/bin/sh
# Runs the command line under the Node that it was tested with.
set -e
here=$(dirname "$(readlink -f "$0")")
exec "$here/../lib/node" "$here/../lib/cli/main.js" "$@"
