"""Names of hosts that are this machine for a while."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ghe_is_here() -> Iterator[None]:
    """A host of GitHub with data residency is this machine."""
    asked = socket.getaddrinfo

    def here(host: str, *more: object, **named: object):
        return asked("127.0.0.1" if str(host).endswith(".ghe.com") else host, *more, **named)

    socket.getaddrinfo = here
    try:
        yield
    finally:
        socket.getaddrinfo = asked
