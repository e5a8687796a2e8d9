"""The matrix's cases with Python's clients: matrix_http.py requests|httpx|aiohttp CASE BASE FILE"""
import asyncio
import hashlib
import sys
import time

library, case, base, path = sys.argv[1:5]


def show(status, body):
    print(status, len(body), hashlib.sha256(body).hexdigest()[:12], flush=True)


STEPS = {
    'get': [('GET', '/get', None), ('GET', '/large', None), ('GET', '/empty', None)],
    'post': [('POST', '/post', 'FILE')],
    'refusal': [('POST', '/unauthorized', b'x' * 1000), ('GET', '/after', None)],
    'big-refusal': [('POST', '/too-large', 'FILE'), ('GET', '/after', None)],
    'idle': [('GET', '/one', None), 'wait', ('POST', '/two', b'small')],
    'stream': [('STREAM', '/stream', None), ('STREAM', '/events', None)],
}


def broken():
    if case != 'big-refusal':
        raise
    print('broken')


def early(first):
    print('first line before the others:', time.monotonic() - first > 0.1)


def run_requests():
    import requests
    session = requests.Session()
    for step in STEPS[case]:
        if step == 'wait':
            time.sleep(1.2)
            continue
        method, target, body = step
        if method == 'STREAM':
            answer = session.get(base + target, stream=True, timeout=30)
            chunks = answer.iter_content(None)
            parts = [next(chunks)]
            first = time.monotonic()
            parts.extend(chunks)
            early(first)
            show(answer.status_code, b''.join(parts))
            continue
        data = open(path, 'rb') if body == 'FILE' else body
        try:
            answer = session.request(method, base + target, data=data, timeout=30)
        except requests.exceptions.ConnectionError:
            broken()
            continue
        show(answer.status_code, answer.content)


def run_httpx():
    import httpx
    with httpx.Client(timeout=30) as client:
        for step in STEPS[case]:
            if step == 'wait':
                time.sleep(1.2)
                continue
            method, target, body = step
            if method == 'STREAM':
                with client.stream('GET', base + target) as answer:
                    chunks = answer.iter_raw()
                    parts = [next(chunks)]
                    first = time.monotonic()
                    parts.extend(chunks)
                    early(first)
                    show(answer.status_code, b''.join(parts))
                continue
            data = open(path, 'rb') if body == 'FILE' else body
            try:
                answer = client.request(method, base + target, content=data)
            except httpx.NetworkError:
                broken()
                continue
            show(answer.status_code, answer.content)


async def run_aiohttp():
    import aiohttp
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        if case == 'upgrade':
            async with session.ws_connect(base + '/socket') as socket:
                await socket.send_str('hello')
                print((await socket.receive()).data)
            try:
                await session.ws_connect(base + '/upgrade-refused')
            except aiohttp.WSServerHandshakeError as problem:
                print(problem.status, problem.headers.get('Retry-After'))
            return
        for step in STEPS[case]:
            if step == 'wait':
                await asyncio.sleep(1.2)
                continue
            method, target, body = step
            data = open(path, 'rb') if body == 'FILE' else body
            name = 'GET' if method == 'STREAM' else method
            try:
                async with session.request(name, base + target, data=data) as answer:
                    parts = [await answer.content.readany()]
                    first = time.monotonic()
                    parts.append(await answer.read())
                    if method == 'STREAM':
                        early(first)
                    show(answer.status, b''.join(parts))
            except aiohttp.ClientConnectionError:
                broken()


if library == 'aiohttp':
    asyncio.run(run_aiohttp())
else:
    {'requests': run_requests, 'httpx': run_httpx}[library]()
