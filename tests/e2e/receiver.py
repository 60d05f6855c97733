"""receiver.py DIR CERTIFICATE KEY STATUS...: an HTTPS server that answers the first POST with the first status, and so on; the last
status stays. Writes DIR/port (or listens on the port that stands there), DIR/N.body and DIR/N.headers."""
import http.server
import pathlib
import ssl
import sys

folder, certificate, key, *answers = sys.argv[1:]
folder = pathlib.Path(folder)


def place(name, data):
    (folder / "part").write_bytes(data)
    (folder / "part").rename(folder / name)


class Receiver(http.server.BaseHTTPRequestHandler):
    count = 0

    def log_message(self, *_):
        pass

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self):
        self.answer(405)

    def do_POST(self):
        Receiver.count += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        place(f"{Receiver.count}.headers", f"POST {self.path}\n{self.headers}".encode())
        place(f"{Receiver.count}.body", body)
        self.answer(int(answers[min(Receiver.count, len(answers)) - 1]))


known = folder / "port"
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(known.read_text()) if known.exists() else 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
place("port", str(server.server_address[1]).encode())
place("ready", b"")
server.serve_forever()
