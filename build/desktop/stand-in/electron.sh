#!/bin/sh
# Stands in for Electron's binary where packaging is proven without the real runtime: it starts the app's main bundle from
# its archive under plain Node, and ends. Nobody is given it.
here=$(dirname "$(readlink -f "$0")")
# That of the command line, which the packages bring along, or the one of whoever packages.
node=/usr/lib/causeway-cli/lib/node
[ -x "$node" ] || node=node
exec "$node" "$here/stand-in/start.mjs" "$@"
# The fuse wire stands below, as it does in the real binary.
