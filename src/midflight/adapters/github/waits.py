"""How long to wait before asking GitHub again, and what a refusal means."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from midflight.errors import PlatformError

SECONDARY_WAIT = 60.0  # "wait at least one minute" without a retry-after ("Rate limits", GitHub documentation)
LONGEST_BACKOFF = 30.0
ATTEMPTS = 6


class PermissionRefusedError(PlatformError):
    """The token may not do this; every fork's token only reads."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success; `status` is 0 when there was no answer, `headers` have lower-case names."""

    verb: str
    path: str
    status: int
    message: str
    headers: Mapping[str, str]

    @property
    def limited(self) -> bool:
        """Whether a rate limit refused the request, which was then certainly not carried out."""
        if self.status == 429:
            return True
        words = self.message.lower()
        if self.status != 403 or "not accessible" in words:
            return False
        told = "retry-after" in self.headers or self.headers.get("x-ratelimit-remaining") == "0"
        return told or "rate limit" in words or "abuse detection" in words

    @property
    def lost(self) -> bool:
        """Whether the request may have been carried out although its answer says otherwise or never came."""
        return self.status == 0 or self.status >= 500

    def wait(self, attempt: int, now: float) -> float | None:
        """Seconds to wait before attempt number `attempt + 1`, None when asking again is of no use."""
        if attempt >= ATTEMPTS:
            return None
        if self.limited:
            return self._limit_wait(attempt, now)
        if self.lost:
            return _told_wait(self.headers.get("retry-after", ""), now) or min(2.0 ** (attempt - 1), LONGEST_BACKOFF)
        return None

    def _limit_wait(self, attempt: int, now: float) -> float:
        told = _told_wait(self.headers.get("retry-after", ""), now)
        if told is not None:
            return told
        reset = self.headers.get("x-ratelimit-reset", "")
        if self.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
            return max(0.0, float(reset) - now) + 1.0  # the reset is somewhere within that second
        return SECONDARY_WAIT * 2.0 ** (attempt - 1)

    def error(self) -> PlatformError:
        """The refusal as an error for people; it holds nothing of the request but verb and path."""
        what, then = self._words()
        words = self.message.lower()
        forbidden = self.status == 403 and ("not accessible" in words or "must have" in words)
        kind = PermissionRefusedError if forbidden else PlatformError
        return kind(what, where=f"{self.verb} {self.path}", then=then, status=self.status)

    def _words(self) -> tuple[str, str]:
        said = f"GitHub answered {self.status}: {self.message}."
        if self.limited:
            return f"GitHub's rate limit was reached ({self.status}).", "Run the job again later."
        match self.status:
            case 0:
                return f"GitHub did not answer ({self.message}).", "Run the job again."
            case 401:
                return "GitHub did not accept the token.", "Check the token that the action is given."
            case 403:
                return said, "Check the job's `permissions`; a pull request from a fork has a token that only reads."
            case 404:
                return said, "Check the name, and whether the token may read it."
            case status if status >= 500:
                return said, "Run the job again."
            case _:
                return said, ""


def _told_wait(value: str, now: float) -> float | None:
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return None
