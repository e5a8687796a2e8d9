# git over smart HTTP: git.sh BASE FILE
set -eu
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL=alice@example.com GIT_AUTHOR_DATE='2026-01-05T10:00:00Z'
export GIT_COMMITTER_NAME=Alice GIT_COMMITTER_EMAIL=alice@example.com GIT_COMMITTER_DATE='2026-01-05T10:00:00Z'
url=$1/git/project.git

git clone -q "$url" first
cd first
git checkout -q -b main
echo one >one.txt
git add . && git commit -q -m one && git push -q origin main
# 30 MB that can't be compressed much go as one request in chunks.
openssl enc -aes-128-ctr -pass pass:causeway -nosalt -md sha256 -pbkdf2 <"$2" >big.bin
git add . && git commit -q -m big && git push -q origin main
git tag v1 && git push -q origin v1
cd ..
for protocol in 0 1 2; do
  git -c "protocol.version=$protocol" clone -q "$url" "clone-$protocol"
  git -C "clone-$protocol" log --format='%H %s' && sha256sum <"clone-$protocol/big.bin"
done
git clone -q --depth 1 "$url" shallow && git -C shallow log --format=%s
git -C shallow fetch -q --unshallow && git -C shallow log --format=%s
cd first && echo two >two.txt && git add . && git commit -q -m two && git push -q origin main && cd ..
git -C clone-2 pull -q && ls clone-2
git ls-remote "$url"
# Refusals: what isn't a fast-forward, and what isn't there.
cd clone-0 && echo other >other.txt && git add . && git commit -q -m other
git push origin main && exit 1
git clone "$1/git/none.git" && exit 1
exit 0
