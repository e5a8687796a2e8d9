# gRPC as etcd's client speaks it: etcdctl.sh BASE FILE
set -u
export ETCDCTL_API=3
ctl() { etcdctl --endpoints "${1#http://}" "${@:2}"; }
timeout 4 bash -c 'etcdctl --endpoints "$0" watch --prefix w/' "${1#http://}" >watched 2>&1 &
sleep 1
ctl "$1" put w/one 1
ctl "$1" put w/two 2
ctl "$1" get --prefix w/
head -c 1000000 "$2" | tr -d '\0' | ctl "$1" put large
ctl "$1" get large --print-value-only | sha256sum
ctl "$1" del w/one
ctl "$1" lease grant 60 | sed 's/lease [0-9a-f]* /lease ID /'
ctl "$1" user add alice --no-password
ctl "$1" user list
# Refusals: answers of trailers alone, and a message above the server's limit.
ctl "$1" user get nobody 2>&1 | sed 's/^{.*"error"/error/'
ctl "$1" role get none 2>&1 | sed 's/^{.*"error"/error/'
head -c 2000000 "$2" | tr -d '\0' | ctl "$1" put larger 2>&1 | sed 's/^{.*"error"/error/'
wait
cat watched
