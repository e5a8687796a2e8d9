# A container image to a registry and back: skopeo.sh BASE FILE
set -eu
registry=${1#http://}
blobs=image/blobs/sha256
mkdir -p "$blobs"
blob() { digest=$(sha256sum <"$1" | cut -d ' ' -f 1); size=$(wc -c <"$1"); mv "$1" "$blobs/$digest"; }
mkdir root && cp "$2" root/big.bin
tar -C root --sort=name --mtime=@0 --owner=0 --group=0 -cf layer.tar .
diff=$(sha256sum <layer.tar | cut -d ' ' -f 1)
blob layer.tar
layer="{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:$digest\",\"size\":$size}"
printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$diff" >config
blob config
config="{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size}"
printf '{"schemaVersion":2,"config":%s,"layers":[%s]}' "$config" "$layer" >manifest
blob manifest
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}' "$digest" "$size" >image/index.json
printf '{"imageLayoutVersion":"1.0.0"}' >image/oci-layout

run() { command=$1; shift; skopeo --insecure-policy "$command" "$@"; }
run copy -q --dest-tls-verify=false oci:image:v1 "docker://$registry/team/app:v1"
run copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$registry/team/app:v1" "docker://$registry/other/app:v2"
run inspect --tls-verify=false "docker://$registry/team/app:v1"
run list-tags --tls-verify=false "docker://$registry/other/app"
run copy -q --src-tls-verify=false "docker://$registry/other/app:v2" dir:back
(cd back && sha256sum -- * | sort)
run delete --tls-verify=false "docker://$registry/team/app:v1"
# What isn't there.
run inspect --tls-verify=false "docker://$registry/team/app:v1" 2>&1 | sed 's/time="[^"]*" //' || true
