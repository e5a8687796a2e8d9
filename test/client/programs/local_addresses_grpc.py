"""Calls a method at each address with grpcio: local_addresses_grpc.py KIND=ADDRESS …; prints “program kind status”."""
import sys

import grpc

for argument in sys.argv[1:]:
    kind, address = argument.split('=', 1)
    target = 'unix:' + address if kind == 'unix' else address.replace('http://', '')
    with grpc.insecure_channel(target, [('grpc.enable_http_proxy', 0)]) as channel:
        try:
            answer = channel.unary_unary('/matrix.Matrix/Get')(b'hello', timeout=20)
            print('grpcio', kind, 200 if answer == b'hello' else answer)
        except grpc.RpcError as problem:
            unresolved = 'DNS' in problem.details() or 'resol' in problem.details()
            print('grpcio', kind, 'unresolved' if unresolved else problem.code(), file=sys.stdout)
