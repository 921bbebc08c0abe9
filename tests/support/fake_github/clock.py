"""A clock whose sleeping only counts."""

from midflight.adapters.github.api import Clock


class FakeClock:
    """`clock` is what the client takes; `sleeps` are the seconds it slept, `waited` their sum."""

    def __init__(self, now: float = 1_767_225_600.0) -> None:
        self.time = now
        self.sleeps: list[float] = []
        self.clock = Clock(self._sleep, lambda: self.time)

    @property
    def waited(self) -> float:
        return sum(self.sleeps)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds
