#!/bin/sh
# Stands in for AppImage's runtime, which is a download: it unpacks the file system behind it, where the runtime would mount it,
# and runs what it finds there. Nobody is given it.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unsquashfs -quiet -no-progress -offset @BYTES@ -dest "$folder/app" "$(readlink -f "$0")" > /dev/null
APPIMAGE=$(readlink -f "$0") "$folder/app/AppRun" "$@"
exit
