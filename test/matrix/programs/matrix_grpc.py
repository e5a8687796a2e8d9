"""The matrix's cases with grpcio, without generated code: matrix_grpc.py CASE BASE FILE"""
import sys
import time

import grpc

case, base, path = sys.argv[1:4]
options = [('grpc.max_send_message_length', -1), ('grpc.enable_http_proxy', 0)]
with grpc.insecure_channel(base.replace('http://', ''), options) as channel:
    def unary(name, message):
        try:
            print(channel.unary_unary('/matrix.Matrix/' + name)(message, timeout=30))
        except grpc.RpcError as problem:
            print(problem.code(), problem.details())

    if case == 'get':
        unary('Get', b'hello')
    elif case == 'post':
        unary('Size', open(path, 'rb').read())
    elif case == 'refusal':
        unary('Refuse', b'hello')
        unary('Unknown', b'hello')
        unary('Get', b'after')
    elif case == 'big-refusal':
        content = open(path, 'rb').read()
        parts = (content[at:at + 1_000_000] for at in range(0, len(content), 1_000_000))
        try:
            print(channel.stream_unary('/matrix.Matrix/RefuseStream')(parts, timeout=30))
        except grpc.RpcError as problem:
            print(problem.code(), problem.details())
        unary('Get', b'after')
    elif case == 'idle':
        unary('Get', b'one')
        time.sleep(1.2)
        unary('Get', b'two')
    elif case == 'stream':
        times = []
        for message in channel.unary_stream('/matrix.Matrix/Watch')(b'', timeout=30):
            times.append(time.monotonic())
            print(message)
        print('first line before the others:', times[-1] - times[0] > 0.1)
