#!/usr/bin/env python3
"""webhook.py FOLDER: an endpoint on the loopback that remembers what it was told.

Its port is in FOLDER/port as soon as it listens. Each request is a line of JSON in FOLDER/requests: path, key (the
header Idempotency-Key) and body. FOLDER/answers holds what it is to do, a word a request, the last one for ever:
a status of HTTP, `close` (no answer at all), `kill` (ends the process in FOLDER/victim instead of an answer).
"""

import http.server
import json
import os
import pathlib
import signal
import socket
import sys

FOLDER = pathlib.Path(sys.argv[1])


def next_answer():
    words = (FOLDER / "answers").read_text().split()
    if len(words) > 1:
        (FOLDER / "answers").write_text(" ".join(words[1:]))
    return words[0]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {"path": self.path, "key": self.headers["Idempotency-Key"], "body": json.loads(body)}
        with open(FOLDER / "requests", "a", encoding="utf-8") as requests:
            requests.write(json.dumps(told) + "\n")
        answer = next_answer()
        if answer == "kill":
            os.kill(int((FOLDER / "victim").read_text()), signal.SIGKILL)
        if answer in ("kill", "close"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(int(answer))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
(FOLDER / "port.new").write_text(str(server.server_port))
(FOLDER / "port.new").rename(FOLDER / "port")
server.serve_forever()
