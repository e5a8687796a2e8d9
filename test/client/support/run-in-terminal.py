"""Runs a command on a terminal of its own; closes that terminal once the output holds the text.

Usage: run-in-terminal.py TEXT PROGRAM [ARGUMENT...]
Prints one line of JSON: how the command ended, after how long, and what it wrote until the terminal was closed.
"""

import json
import os
import pty
import select
import sys
import time

text, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

written = b""
while text.encode() not in written:
    ready, _, _ = select.select([terminal], [], [], 30)
    if not ready:
        break
    try:
        written += os.read(terminal, 65536)
    except OSError:
        break

os.close(terminal)
begun = time.monotonic()
code = None
while time.monotonic() - begun < 10:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        code = os.waitstatus_to_exitcode(status)
        break
    time.sleep(0.02)
else:
    os.kill(pid, 9)
print(json.dumps({"code": code, "afterMs": (time.monotonic() - begun) * 1000, "written": written.decode()}))
