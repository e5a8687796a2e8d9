# npm with a registry of packages with a scope: npm.sh BASE FILE
set -eu
export HOME=$PWD npm_config_cache=$PWD/cache npm_config_userconfig=$PWD/npmrc npm_config_update_notifier=false
export npm_config_loglevel=error npm_config_fund=false npm_config_audit=false npm_config_fetch_retries=0
unset npm_config_registry
host=${1#http:}
# Archives are fetched from where the registry is reached, not from where it says that it is.
printf '@team:registry=%s/\nregistry=%s/\n%s/:_authToken=secret\nreplace-registry-host=always\n' "$1" "$1" "$host" >npmrc
mkdir tool plain app
printf '{"name":"@team/tool","version":"1.0.0","files":["index.js","data.txt"]}' >tool/package.json
echo 'module.exports = "tool";' >tool/index.js
head -c 5000000 "$2" >>tool/data.txt
printf '{"name":"plain-tool","version":"2.0.0","dependencies":{"@team/tool":"^1.0.0"}}' >plain/package.json
(cd tool && npm publish) && (cd plain && npm publish)
(cd tool && npm version -s 1.1.0 && npm publish --tag next)
npm view @team/tool versions dist-tags --json
npm dist-tag add @team/tool@1.1.0 stable && npm dist-tag ls @team/tool
cd app && echo '{}' >package.json && npm install plain-tool @team/tool@next
node -e 'console.log(require("@team/tool"))' && npm ls --all
rm -r node_modules && npm ci && npm ls
# Refusals: a version that is there, and a package that isn't.
(cd ../tool && npm publish 2>&1 || true) | grep -v 'complete log'
(npm view @team/none 2>&1 || true) | grep -v 'complete log'
