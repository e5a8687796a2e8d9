# Programs told where a name is that the system doesn't know: names.sh BASE FILE
set -eu
authority=${1#http://}
name=${authority%:*}
port=${authority#*:}
echo "127.0.0.1 $name" >hosts
curl -sS --max-time 30 --noproxy '*' "$1/get"
curl -sS --max-time 30 --resolve "$name:$port:127.0.0.1" "$1/get"
wget -q -O - --header "Host: $authority" "http://127.0.0.1:$port/get"
python3 -c 'import sys, urllib.request as r
sys.stdout.write(r.urlopen(r.Request(sys.argv[1], headers={"Host": sys.argv[2]})).read().decode())' \
  "http://127.0.0.1:$port/get" "$authority"
node -e 'const [url, hosts] = process.argv.slice(1);
require("http").get(url, { lookup: (_name, options, done) => done(null, options.all ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4) },
  (answer) => answer.pipe(process.stdout))' "$1/get"
cat >Names.java <<'JAVA'
import java.io.*;
import java.net.*;
public class Names {
  public static void main(String[] arguments) throws IOException {
    System.out.print(new String(new URL(arguments[0]).openStream().readAllBytes()));
  }
}
JAVA
java -Djdk.net.hosts.file=hosts -XX:TieredStopAtLevel=1 Names.java "$1/get"
