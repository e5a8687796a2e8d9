"""A notebook's page, its files, and its kernel's WebSocket: notebook.py BASE FILE"""
import asyncio
import json
import sys
import urllib.error
import urllib.request
import uuid

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

base = sys.argv[1]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())


def call(method, path, body=None, origin=base, name=None):
    data = None if body is None else json.dumps(body).encode()
    token = next((cookie.value for cookie in opener.handlers_cookies if cookie.name == '_xsrf'), '')
    headers = {'Content-Type': 'application/json', 'Origin': origin, 'Referer': base + '/tree', 'X-XSRFToken': token}
    try:
        with opener.open(urllib.request.Request(base + path, data, headers, method=method), timeout=30) as answer:
            content = answer.read()
            print(method, name or path, answer.status, answer.url == base + path)
            return content
    except urllib.error.HTTPError as problem:
        print(method, name or path, 'refused' if origin != base else problem.code)
        return problem.read()


async def ask_kernel(kernel, origin):
    address = base.replace('http', 'ws') + '/api/kernels/' + kernel + '/channels'
    cookies = '; '.join(cookie.name + '=' + cookie.value for cookie in opener.handlers_cookies)
    try:
        socket = await websocket_connect(HTTPRequest(address, headers={'Origin': origin, 'Cookie': cookies}))
    except HTTPClientError as problem:
        print('WebSocket', problem.code)
        return
    header = {'msg_id': uuid.uuid4().hex, 'msg_type': 'execute_request', 'session': 'matrix', 'username': '', 'version': '5.3'}
    content = {'code': 'print(6 * 7)', 'silent': False, 'store_history': False, 'user_expressions': {}, 'allow_stdin': False}
    message = {'header': header, 'parent_header': {}, 'metadata': {}, 'content': content, 'channel': 'shell', 'buffers': []}
    await socket.write_message(json.dumps(message))
    seen = {}
    while not {'stream', 'execute_reply'} <= seen.keys():
        got = json.loads(await asyncio.wait_for(socket.read_message(), 40))
        seen[got['msg_type']] = got['content']
    print('kernel says', seen['stream']['text'].strip(), seen['execute_reply']['status'])
    socket.close()


opener.handlers_cookies = next(h for h in opener.handlers if hasattr(h, 'cookiejar')).cookiejar
call('GET', '/tree')
cells = [{'cell_type': 'code', 'source': 'print(6 * 7)', 'metadata': {}, 'outputs': [], 'execution_count': None}]
notebook = {'cells': cells, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 4}
call('PUT', '/api/contents/a%20b.ipynb', {'type': 'notebook', 'content': notebook})
print(json.loads(call('GET', '/api/contents/a%20b.ipynb'))['content']['cells'][0]['source'])
large = {'type': 'file', 'format': 'text', 'content': open(sys.argv[2]).read(10_000_000)}
call('PUT', '/api/contents/large.txt', large)
call('GET', '/files/large.txt')
call('GET', '/api')
kernel = json.loads(call('POST', '/api/kernels', {'name': 'python3'}))['id']
asyncio.run(ask_kernel(kernel, base))
asyncio.run(ask_kernel(kernel, 'https://evil.example'))
call('DELETE', '/api/kernels/' + kernel, name='kernel')
# Refusals: pages of other sites.
call('DELETE', '/api/contents/large.txt', origin='https://evil.example')
