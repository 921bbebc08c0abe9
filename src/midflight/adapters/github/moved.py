"""Follows a repository that was renamed or moved, which PyGithub does without the rest of the question.

GitHub answers 301 to a GET and 307 to a write ("Follow redirects", GitHub documentation). PyGithub follows a 301 to its
path alone: `recursive=1` and `page=2` are lost, so that a tree has no folders and the first page never ends. It takes a
307 for success.
"""

from urllib.parse import unquote, urlsplit

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse

_SHIFT = 300  # above 400, PyGithub gives what was answered back as an exception
MOVED = frozenset({301, 307, 308})


class _Plain(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _told(super().getresponse())


class _Secure(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _told(super().getresponse())


def _told(response: RequestsResponse) -> RequestsResponse:
    if response.status in MOVED:
        response.status += _SHIFT
    return response


def tell_moves(requester: Requester, *, secure: bool) -> None:
    """Have PyGithub give redirects of the API back instead of following them; one to an archive (302) it gives anyway.

    Its own way to put other connections in (`injectConnectionClasses`) makes a new one for each request.
    """
    name = f"_{Requester.__name__}__connectionClass"
    if not hasattr(requester, name):
        raise TypeError("this version of PyGithub keeps its connections elsewhere")
    setattr(requester, name, _Secure if secure else _Plain)


def answered(status: int) -> int:
    """Return the status that the server gave."""
    return status - _SHIFT if status - _SHIFT in MOVED else status


def new_root(location: str, path: str, api: str) -> str:
    """Return what goes before `path` in the address that GitHub names.

    Empty where it is another question or another host than the API's, which the token is not for.
    """
    there, here = urlsplit(location), urlsplit(api)
    if there.hostname not in (None, here.hostname):
        return ""
    found = unquote(there.path).removeprefix(here.path.rstrip("/"))
    return found.removesuffix(f"/{unquote(path)}") if found.endswith(f"/{unquote(path)}") else ""
