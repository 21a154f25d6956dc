"""A real nginx with the project's example before one door, or several."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import trustme

from integration.embedded_broker import find_free_port

ROOT = Path(__file__).parents[1]
HOST = "bridge.example.com"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
START_SECONDS = 30.0

needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed here; .ci/run installs it where it can"
)


class Proxy:
    """The example as a person would adapt it: other ports, another certificate."""

    def __init__(self, folder: Path, doors: Sequence[int]) -> None:
        self.http, self.https = find_free_port(), find_free_port()
        self.folder = folder
        self.authority = folder / "ca.pem"
        self._write_certificate()
        self._write_settings(doors)

    def _write_certificate(self) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        certificate = authority.issue_cert(HOST, "127.0.0.1")
        chain = b"".join(one.bytes() for one in certificate.cert_chain_pems)
        (self.folder / "chain.pem").write_bytes(chain)
        certificate.private_key_pem.write_to_path(str(self.folder / "key.pem"))

    def _write_settings(self, doors: Sequence[int]) -> None:
        servers = "\n    ".join(rf"server 127.0.0.1:{port}\g<options>" for port in doors)
        example = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
        for pattern, own in (
            (r"server 127\.0\.0\.1:8000(?P<options>.*;)", servers),
            (r"listen \[::\].*;\n", ""),
            (r"listen 80;", f"listen 127.0.0.1:{self.http};"),
            (r"listen 443 ssl;", f"listen 127.0.0.1:{self.https} ssl;"),
            (r"/etc/letsencrypt/\S+/fullchain\.pem", str(self.folder / "chain.pem")),
            (r"/etc/letsencrypt/\S+/privkey\.pem", str(self.folder / "key.pem")),
        ):
            example, times = re.subn(pattern, own, example)
            assert times, pattern
        (self.folder / "picqer-bridge.conf").write_text(example)
        (self.folder / "nginx.conf").write_text(self._whole())

    def _whole(self) -> str:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        return (
            f"daemon off; master_process off; pid {self.folder}/pid; "
            f"error_log {self.folder}/error.log; events {{}}\n"
            f"http {{ access_log off; {places} include {self.folder}/picqer-bridge.conf; }}\n"
        )

    def command(self, *words: str) -> list[str]:
        """How this nginx is started."""
        return [str(NGINX), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), *words]

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> requests.Response:
        """Ask over TLS, on a connection of its own."""
        return requests.request(
            method,
            f"https://127.0.0.1:{self.https}{path}",
            headers=headers,
            data=body,
            verify=str(self.authority),
            timeout=20,
        )


@contextmanager
def proxy_before(folder: Path, doors: Sequence[int]) -> Iterator[Proxy]:
    """Such an nginx, running; it returns when it listens."""
    made = Proxy(folder, doors)
    with subprocess.Popen(made.command(), stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + START_SECONDS
            while not _listens(made.https):
                assert process.poll() is None, (made.folder / "error.log").read_text()
                assert time.monotonic() < end
            yield made
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0
