"""Follows a repository that was renamed or moved, which PyGithub does without the rest of the question.

GitHub answers 301 to a GET and 307 to a write ("Follow redirects", GitHub documentation). PyGithub follows a 301 to its
path alone: `recursive=1` and `page=2` are lost, so that a tree has no folders and the first page never ends. It takes a
307 for success.
"""

from urllib.parse import unquote, urlsplit

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse

_SHIFT = 300  # above 400, PyGithub gives what was answered back as an exception
_REDIRECTS = (301, 307, 308)
MOVED = frozenset(status + _SHIFT for status in _REDIRECTS)


class _Plain(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _told(super().getresponse())


class _Secure(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _told(super().getresponse())


def _told(response: RequestsResponse) -> RequestsResponse:
    if response.status in _REDIRECTS:
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


def new_root(location: str, path: str, prefix: str) -> str:
    """Return what goes before `path` in the address that GitHub names, empty where it is another question.

    The token goes to the API's own host whatever address is named: only the path is taken.
    """
    found = unquote(urlsplit(location).path).removeprefix(prefix)
    return found.removesuffix(f"/{unquote(path)}") if found.endswith(f"/{unquote(path)}") else ""
