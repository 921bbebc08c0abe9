"""GitHub's own description of its REST API: validates messages and gives examples to fill in. Loaded once."""

import copy
import json
from functools import cache
from pathlib import Path

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

DATA = Path(__file__).parents[2] / "data" / "github"


@cache
def document() -> dict:
    return json.loads((DATA / "openapi.json").read_text())


@cache
def _openapi() -> OpenAPI:
    return OpenAPI.from_dict(document())


def example(name: str, **changes: object) -> dict | list:
    """One of GitHub's example objects with some values replaced."""
    found = copy.deepcopy(document()["components"]["examples"][name]["value"])
    return found | changes if changes else found


def request_violations(method: str, path: str, query: dict, headers: dict, body: bytes) -> list[str]:
    return _violations(lambda: _openapi().validate_request(_request(method, path, query, headers, body)))


def response_violations(method: str, path: str, status: int, headers: dict, body: bytes) -> list[str]:
    request = _request(method, path, {}, {}, b"")
    answer = MockResponse(body, status, headers, headers.get("Content-Type", "application/json").split(";")[0])
    return _violations(lambda: _openapi().validate_response(request, answer))


def is_described(method: str, path: str, status: int) -> bool:
    """Whether the description lists that status for the operation; many refusals are missing from it."""
    found = _operation(method, path)
    return found is not None and str(status) in found["responses"]


def _operation(method: str, path: str) -> dict | None:
    parts = path.strip("/").split("/")
    for pattern, operations in document()["paths"].items():
        wanted = pattern.strip("/").split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            return operations.get(method.lower())
    return None


def _request(method: str, path: str, query: dict, headers: dict, body: bytes) -> MockRequest:
    kind = headers.get("Content-Type", "application/json").split(";")[0]
    return MockRequest(
        "http://127.0.0.1", method, path, args=query, headers=headers, data=body or None, content_type=kind
    )


def _violations(validate) -> list[str]:
    try:
        validate()
    except Exception as error:  # noqa: BLE001 - openapi-core raises many kinds, each is a violation to report
        causes = [str(cause) for cause in getattr(error.__cause__, "schema_errors", ())] or [str(error.__cause__ or "")]
        return [f"{type(error).__name__}: {error} {'; '.join(causes)[:600]}"]
    return []
