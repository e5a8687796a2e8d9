# All suites of litmus, the tests for WebDAV servers: litmus.sh BASE FILE
litmus --keep-going "$1/dav/" 2>&1 | tr '\r' '\n' | grep -v '^$'
