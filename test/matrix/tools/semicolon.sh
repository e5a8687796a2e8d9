# Names with semicolons at a WebDAV server: semicolon.sh BASE FILE
set -eu
call() { curl -sS --max-time 30 -w '%{http_code}\n' "$@"; }
call -T "$2" "$1/dav/report;v=1.txt"
call -X MKCOL "$1/dav/team;a=b/"
call -X COPY -H "Destination: $1/dav/team;a=b/report;v=2.txt" "$1/dav/report;v=1.txt" -o none
call "$1/dav/team;a=b/report;v=2.txt" | sha256sum
call -X PROPFIND -H 'Depth: 1' "$1/dav/team;a=b/" | grep -o '<D:href>[^<]*'
call -X DELETE "$1/dav/report;v=1.txt"
call "$1/dav/report;v=1.txt" -o none
