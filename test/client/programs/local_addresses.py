"""Asks each address with Python's own client: local_addresses.py KIND=ADDRESS …; prints “program kind status”."""
import http.client
import socket
import sys
import urllib.error
import urllib.request


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(kind, address):
    if kind == 'unix':
        connection = UnixConnection('localhost')
        connection.path = address
        connection.request('GET', '/python')
        return connection.getresponse().status
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address + '/python', timeout=20) as answer:
            return answer.status
    except urllib.error.URLError as problem:
        return 'unresolved' if isinstance(problem.reason, socket.gaierror) else problem


for argument in sys.argv[1:]:
    kind, address = argument.split('=', 1)
    print('http.client' if kind == 'unix' else 'urllib', kind, ask(kind, address))
