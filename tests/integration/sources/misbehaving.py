"""A web server that misbehaves: the first part of the path says how. Prints `port N` and serves until it is killed.

usage: misbehaving.py [FOLDER]   FOLDER/… is served honestly below /files/
"""
import base64
import collections
import email.utils
import hashlib
import http.server
import json
import pathlib
import socket
import struct
import sys
import threading
import time

FILES = {"1_a.up.sql": b"CREATE TABLE a (id int);\n-- ".ljust(999, b"x") + b"\n", "1_a.down.sql": b"DROP TABLE a;\n"}
COUNTS = collections.Counter()
LOCK = threading.Lock()
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None


def count(key):
    with LOCK:
        COUNTS[key] += 1
        return COUNTS[key]


def manifest(files, extra=()):
    rows = [{"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in files.items()]
    return json.dumps({"files": rows + list(extra)}).encode()


def page(files):
    links = "".join(f'<li><a href="{name}">{name}</a></li>' for name in files)
    return f"<html><title>Directory listing for /</title><ul>{links}</ul></html>".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        _, scenario, name = path.split("/", 2)
        getattr(self, "do_" + scenario.replace("-", "_"), self.do_unknown)(name)

    def do_unknown(self, name):
        self.answer(404)

    def listed(self, name, files=None):
        """A folder with a listing and no manifest; its files as they should be."""
        files = FILES if files is None else files
        if name == "":
            return self.answer(200, page(files), Content_Type="text/html")
        if name in files:
            return self.answer(200, files[name])
        return self.answer(404)

    def with_manifest(self, name, files=None):
        if name == "migrations.json":
            return self.answer(200, manifest(FILES if files is None else files))
        return self.listed(name)

    def do_good(self, name):
        self.listed(name)

    def do_cut(self, name):
        if name not in FILES:
            return self.listed(name)
        self.answer(200, FILES[name][:-5], length=len(FILES[name]))
        self.close_connection = True

    def do_cut_once(self, name):
        if name in FILES and count(self.path) == 1:
            return self.do_cut(name)
        self.listed(name)

    def do_cut_chunked(self, name):
        if name not in FILES:
            return self.listed(name)
        self.answer(200, b"10\r\n" + FILES[name][:10], length=False, Transfer_Encoding="chunked")
        self.close_connection = True

    def do_cut_listing(self, name):
        if name != "":
            return self.listed(name)
        body = page(FILES)
        self.answer(200, body[:len(body) // 2], length=len(body))
        self.close_connection = True

    def do_short(self, name):
        """Announces less than it sends."""
        if name not in FILES:
            return self.listed(name)
        self.answer(200, FILES[name], length=len(FILES[name]) - 7)
        self.close_connection = True

    def do_short_kept(self, name):
        """The same on a connection that stays open; head and body come apart."""
        if name not in FILES:
            return self.listed(name)
        self.answer(200, b"", length=len(FILES[name]) - 7)
        time.sleep(0.05)
        self.wfile.write(FILES[name])

    def do_short_closed(self, name):
        if name not in FILES:
            return self.listed(name)
        self.close_connection = True
        self.answer(200, b"", length=len(FILES[name]) - 7, Connection="close")
        time.sleep(0.05)
        self.wfile.write(FILES[name])

    def do_short_manifest(self, name):
        self.do_short(name) if name in FILES else self.with_manifest(name)

    def do_wrong_hash(self, name):
        if name == "1_a.up.sql":
            return self.answer(200, FILES[name].replace(b"a", b"b"))
        self.with_manifest(name)

    def do_wrong_size(self, name):
        if name == "1_a.up.sql":
            return self.answer(200, FILES[name] + b"\n")
        self.with_manifest(name)

    def do_changing(self, name):
        if name != "migrations.json":
            return self.listed(name)
        new = {"2_b.up.sql": b"SELECT 1"} if count(self.path) > 1 else {}
        self.answer(200, manifest(FILES | new))

    def do_changing_page(self, name):
        new = {"2_b.up.sql": b"SELECT 1"} if name == "" and count(self.path) > 1 else {}
        self.listed(name, FILES | new)

    def do_vanished(self, name):
        if name == "1_a.up.sql":
            return self.answer(404)
        self.listed(name)

    def do_flaky(self, name):
        if count(self.path) <= 2:
            return self.answer(503)
        self.listed(name)

    def do_down(self, name):
        self.answer(503, b"password=hunter2")

    def do_broken_file(self, name):
        if name == "1_a.up.sql":
            return self.answer(500)
        self.listed(name)

    def do_busy(self, name):
        if name == "" and count(self.path) == 1:
            return self.answer(429, Retry_After="1")
        self.listed(name)

    def do_busy_until(self, name):
        if name == "" and count(self.path) == 1:
            return self.answer(429, Retry_After=email.utils.formatdate(time.time() + 2, usegmt=True))
        self.listed(name)

    def do_busy_long(self, name):
        self.answer(429, Retry_After="3600")

    def do_reset(self, name):
        if count(self.path) > 1:
            return self.listed(name)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

    def do_silent(self, name):
        time.sleep(20)

    def do_endless(self, name):
        """Goes on and on without a length."""
        if name not in FILES:
            return self.listed(name)
        self.answer(200, b"", length=False, Transfer_Encoding="chunked")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except OSError:
            self.close_connection = True

    def do_endless_listing(self, name):
        if name != "":
            return self.answer(404)
        self.answer(200, b"", length=False, Transfer_Encoding="chunked")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"<a href='1_a.up.sql'>".ljust(0x10000) + b"\r\n")
        except OSError:
            self.close_connection = True

    def do_slow(self, name):
        files = {f"{number}_a.up.sql": b"SELECT 1;" for number in range(60)}
        if name in files:
            time.sleep(0.4)
        self.listed(name, files)

    def do_no_length(self, name):
        """HTTP/1.0: the end of the connection is the end of the file."""
        if name not in FILES:
            return self.listed(name)
        self.answer(200, FILES[name], length=False, Connection="close")
        self.close_connection = True

    def do_no_length_manifest(self, name):
        self.do_no_length(name) if name in FILES else self.with_manifest(name)

    def do_encoded(self, name):
        if name not in FILES:
            return self.listed(name)
        self.answer(200, b"\x1f\x8b", Content_Encoding="gzip")

    def do_application(self, name):
        """A web application: the same page whatever is asked for."""
        self.answer(200 if name != "migrations.json" else 404, b'<html><a href="about">About</a></html>')

    def do_application_all(self, name):
        self.answer(200, b"<html>Welcome</html>")

    def do_elsewhere(self, name):
        self.answer(302, Location=f"http://localhost:{self.server.server_port}/good/{name}")

    def do_moved(self, name):
        self.answer(301, Location=f"/good/{name}")

    def do_loop(self, name):
        self.answer(302, Location=self.path)

    def do_to_file(self, name):
        self.answer(302, Location="file:///etc/hostname")

    def do_private(self, name):
        """For anna or a token; says what came along where it is something else."""
        given = self.headers.get("Authorization", "")
        wanted = ("Basic " + base64.b64encode(b"anna:Zugvogel-4711").decode(), "Bearer Zugvogel-4711")
        if given not in wanted:
            return self.answer(401, given.encode(), WWW_Authenticate="Basic realm=migrations")
        self.listed(name)

    def do_files(self, name):
        file = FOLDER / name
        self.answer(200, file.read_bytes()) if file.is_file() else self.answer(404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    print(f"port {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
