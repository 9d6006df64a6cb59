#!/usr/bin/env python3
"""webhook.py FOLDER [CERTIFICATE KEY]: an endpoint on the loopback that remembers what it was told; with TLS where it
has a certificate.

Its port is in FOLDER/port as soon as it listens. Each request is a line of JSON in FOLDER/requests: path, key (the
header Idempotency-Key) and body. FOLDER/answers holds what it is to do, a word a request, the last one for ever:
a status of HTTP, `302:PLACE`, `close` (no answer at all), `stall` (200, and then nothing of the body that it promises), `kill` (ends the process in FOLDER/victim instead of an answer).
"""

import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
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
        if answer == "stall":
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.connection.recv(1)  # until the other end gives up
            return
        status, _, place = answer.partition(":")
        self.send_response(int(status))
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
(FOLDER / "port.new").write_text(str(server.server_port))
(FOLDER / "port.new").rename(FOLDER / "port")
server.serve_forever()
