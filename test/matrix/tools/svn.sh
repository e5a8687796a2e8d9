# Subversion over WebDAV: svn.sh BASE FILE
set -eu
url=$1/svn
mkdir settings
run() { svn --config-dir "$PWD/../settings" --non-interactive --username alice --password secret --no-auth-cache "$@"; }
at() { run "$@" | sed 's/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][^|]*|/DATE |/'; }
mkdir work && cd work

run mkdir -m 'layout' "$url/trunk" "$url/branches"
run checkout -q "$url/trunk" copy && cd copy
run() { svn --config-dir "$PWD/../../settings" --non-interactive --username alice --password secret --no-auth-cache "$@"; }
echo one >one.txt
echo space >'with space & umlaut.txt'
cp "$2" big.bin
mkdir folder && echo inner >folder/inner.txt
run add -q one.txt 'with space & umlaut.txt' big.bin folder
run propset -q svn:mime-type text/plain one.txt
run commit -q -m 'files'
# COPY and MOVE: addresses of the server in Destination.
run copy -m 'branch' "$url/trunk" "$url/branches/next"
run move -m 'renamed' "$url/branches/next/one.txt" "$url/branches/next/two.txt"
run update -q
run move -q folder moved && echo more >>moved/inner.txt && run commit -q -m 'moved in the working copy'
run lock one.txt && run unlock one.txt
run switch -q "$url/branches/next" --ignore-ancestry && ls && run switch -q "$url/trunk" --ignore-ancestry
run update -q && run merge -q "$url/branches/next" . && run status
run revert -q -R . && run update -q
at log -v "$url"
run list -R "$url" && run cat "$url/branches/next/two.txt" && run propget svn:mime-type "$url/trunk/one.txt"
run diff "$url/trunk@1" "$url/trunk/" | grep -a '^[+-]' | sort | uniq -c
run cat "$url/trunk/big.bin" | sha256sum
run delete -m 'gone' "$url/branches/next" && run list "$url/branches"
# Refusals: what isn't there, and what somebody has changed meanwhile.
run cat "$url/trunk/none" || true
run checkout -q -r 2 "$url/trunk" ../old && cd ../old && echo x >>folder/inner.txt
run commit -m 'out of date' || true
svn --config-dir "$PWD/../../settings" --non-interactive list "$url" || true
