# Mercurial: hg.sh BASE FILE
set -eu
export HGRCPATH= HGUSER=alice HGPLAIN=1
url=$1
hg clone "$url" first && cd first
echo one >one.txt && hg add one.txt && hg commit -m one -d '1767600000 0' && hg push
cp "$2" big.bin && hg add -q big.bin && hg commit -m big -d '1767600001 0' && hg push
hg bookmark release && (hg push -B release || true)
cd .. && hg clone "$url" second && cd second
hg log -T '{node} {desc} {bookmarks}\n' && sha256sum <big.bin
echo two >two.txt && hg add two.txt && hg commit -m two -d '1767600002 0' && hg push
cd ../first && hg incoming && hg pull -u && ls
# Many known heads make arguments that go in headers.
for branch in $(seq 26); do
  hg update -q -r 0 && hg branch -q "b$branch" && hg commit -q -m "$branch" -d '1767600003 0'
done
hg push --new-branch && hg identify "$url"
# Refusals: a second head, and what isn't there.
hg update -q -r 0 && echo other >other.txt && hg add other.txt && hg commit -q -m other -d '1767600004 0'
hg push || true
hg clone "$url/none" none || true
