"""Servers that break off: a proxy that cuts the line, and one that only ever begins an encrypted connection."""

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path

AUTHORITY = """
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
[any]
commonName = supplied
"""
OVER = ("20200101000000Z", "20200102000000Z")
NOW = ("20200101000000Z", "20990101000000Z")


class Dropping:
    """A proxy before the server's socket that cuts the line after so many bytes of answers."""

    def __init__(self, path: str, most: int) -> None:
        self.path, self.left = path, most
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.path)
        asking = threading.Thread(target=self._pass_on, args=(client, server), daemon=True)
        asking.start()
        while self.left > 0 and (data := server.recv(4096)):
            client.sendall(data[: self.left])
            self.left -= len(data)
        for each in (client, server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # closing alone says nothing while the other thread listens
            each.close()

    @staticmethod
    def _pass_on(client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                server.sendall(data)

    def close(self) -> None:
        self.listener.close()


class Encrypting:
    """A server that begins an encrypted connection with the certificate that it is given, and then is silent."""

    def __init__(self, key: Path, cert: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        client, _ = self.listener.accept()
        with client:
            client.recv(8)  # SSLRequest ("Message Formats", PostgreSQL documentation)
            client.sendall(b"S")
            with contextlib.suppress(OSError), self.context.wrap_socket(client, server_side=True) as secure:
                secure.recv(1)  # until the other side goes away

    def close(self) -> None:
        self.listener.close()


def make_certificate(openssl: str, folder: Path, name: str, valid: tuple[str, str]) -> tuple[Path, Path]:
    """Make a key and a certificate for `name` that is its own authority, valid from and to (YYYYMMDDHHMMSSZ)."""
    folder.mkdir(parents=True)
    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    asked = f"req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN={name}"
    signed = (
        "ca -batch -config ca.cnf -selfsign -keyfile key.pem -in request.pem -out cert.pem -notext "
        f"-startdate {valid[0]} -enddate {valid[1]}"
    )
    for words in (asked, signed):
        subprocess.run([openssl, *words.split()], cwd=folder, capture_output=True, check=True)
    return folder / "key.pem", folder / "cert.pem"
