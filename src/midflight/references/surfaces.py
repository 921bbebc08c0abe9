"""Where code runs, and for how long an old build of it is in use after the new one is out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from midflight.changes.entries import holding
from midflight.references.paths import matches


class Surface(StrEnum):
    """What runs the code; `CONSUMER` is code of another repository, named in the configuration."""

    SERVER = "server"
    EDGE_FUNCTION = "edge-function"
    WORKER = "worker"
    BROWSER = "browser"
    COMMAND_LINE = "command-line"
    MOBILE = "mobile"
    CONSUMER = "consumer"


LIFETIMES: Mapping[Surface, int] = MappingProxyType(
    {
        Surface.SERVER: 0,
        Surface.EDGE_FUNCTION: 0,
        Surface.WORKER: 0,
        Surface.BROWSER: 1,
        Surface.COMMAND_LINE: 30,
        Surface.MOBILE: 180,
    }
)
"""Days for which an old build is in use once the new one is out: a tab stays open, people do not update."""


@dataclass(frozen=True, slots=True)
class RunsOn:
    """Where a piece of code runs, and for how many days old builds of it outlive a rollout.

    `consumer` names the code of another team ("billing service"), which no rollout of this repository replaces.
    `versions` are the supported versions ("v1.2") that this code is part of, which run on beside the new one.
    """

    surface: Surface = Surface.SERVER
    days: int = 0
    consumer: str = ""
    versions: tuple[str, ...] = ()

    @property
    def lasts(self) -> bool:
        """Whether old code is still in use when the rollout is over."""
        return self.days > 0 or bool(self.consumer or self.versions)

    @property
    def is_special(self) -> bool:
        """Whether something else than a server of this repository runs the code, or for longer."""
        return self.days > 0 or bool(self.consumer) or self.surface is not Surface.SERVER


SERVER = RunsOn()


@dataclass(frozen=True, slots=True)
class Configured:
    """One entry of the configuration; `days` None means the surface's own lifetime."""

    path: str
    surface: Surface
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What the team says: paths in order, the first that matches wins, and the lifetime of each surface."""

    configured: tuple[Configured, ...] = ()
    lifetimes: Mapping[Surface, int] = field(default_factory=lambda: LIFETIMES)

    def runs_on(self, path: str, projects: "Projects", source: bytes = b"") -> RunsOn:
        """Return where a file runs: as configured, else as its path, its project and its first lines let us guess."""
        for entry in self.configured:
            if matches(path, entry.path):
                return RunsOn(entry.surface, self._days(entry.surface) if entry.days is None else entry.days)
        surface = guess(path, projects, source)
        return RunsOn(surface, self._days(surface))

    def _days(self, surface: Surface) -> int:
        return self.lifetimes.get(surface, LIFETIMES.get(surface, 0))


@dataclass(frozen=True, slots=True)
class Guess:
    """One row of the table of guesses: what a path must look like, and the same in words."""

    surface: Surface
    path: re.Pattern[str]
    words: str


_APP = r"(?:\A|\A(?:.*/)?(?:apps|packages|clients)/)"  # an application of its own, at the top or beside others
_SCRIPT = r"\.[cm]?[jt]sx?\Z"

GUESSES = (
    Guess(
        Surface.EDGE_FUNCTION,
        re.compile(r"(?:\A|/)(?:supabase/functions|netlify/edge-functions)/"),
        "below `supabase/functions/` or `netlify/edge-functions/`",
    ),
    Guess(
        Surface.SERVER,
        re.compile(
            rf"(?:\A|/)app/(?:.*/)?route{_SCRIPT}|(?:\A|/)pages/api/|(?:\A|/)\+(?:page|layout)\.server\.|(?:\A|/)\+server\."
            rf"|\+api{_SCRIPT}|\.server{_SCRIPT}|{_APP}(?:server|backend|api)/|/server/"
        ),
        "`app/**/route.ts`, `pages/api/`, `+server.ts`, `+page.server.ts`, `+api.ts`, `*.server.ts`; below `server/`, "
        "or an application called `backend` or `api`",
    ),
    Guess(
        Surface.MOBILE,
        re.compile(
            rf"{_APP}(?:[\w-]+-)?(?:mobile|ios|android|expo|flutter|react-native)(?:-app)?/"
            rf"|/src/(?:androidMain|iosMain)/|\.(?:ios|android|native){_SCRIPT}|\.swift\Z|(?:\A|/)lib/.*\.dart\Z"
        ),
        "an application called `mobile`, `ios`, `android`, `expo`, `flutter` or `react-native` at the top or below "
        "`apps/`, `packages/` or `clients/`; `*.swift`, `lib/**.dart`, `*.native.ts`, `src/androidMain/`",
    ),
    Guess(
        Surface.COMMAND_LINE,
        re.compile(r"(?:\A|/)(?:apps|packages|clients)/cli/|(?:\A|/)(?!\.)[\w-]+-cli/|(?:\A|/)cmd/[\w-]*ctl/"),
        "`apps/cli/`, `packages/cli/`, `clients/cli/`, below a folder called `*-cli`, `cmd/*ctl/`; other programs, "
        "below `bin/`, `cli/` or `cmd/`, mostly run where the server does",
    ),
    Guess(
        Surface.BROWSER,
        re.compile(rf"\.(?:vue|svelte)\Z|(?:\A|/)(?:app/javascript|resources/js)/|(?:\A|/)public/.*{_SCRIPT}"),
        "`*.vue`, `*.svelte`; below `app/javascript/` (Rails) or `resources/js/` (Laravel); scripts below `public/`",
    ),
    Guess(
        Surface.WORKER,
        re.compile(r"(?:\A|/)(?:workers?|jobs|cron|queues)/"),
        "below `workers/`, `worker/`, `jobs/`, `cron/` or `queues/`",
    ),
)
"""The first row that fits decides, after what the project is and what the file says of itself (`MARKS`)."""

MARKS: Mapping[str, Surface] = MappingProxyType(
    {
        "metro.config.js": Surface.MOBILE,
        "metro.config.cjs": Surface.MOBILE,
        "metro.config.ts": Surface.MOBILE,
        "eas.json": Surface.MOBILE,
        "capacitor.config.ts": Surface.MOBILE,
        "capacitor.config.js": Surface.MOBILE,
        "capacitor.config.json": Surface.MOBILE,
        "angular.json": Surface.BROWSER,
        "index.html": Surface.BROWSER,
        "wrangler.toml": Surface.WORKER,
        "wrangler.json": Surface.WORKER,
        "wrangler.jsonc": Surface.WORKER,
        "next.config.js": Surface.SERVER,
        "next.config.mjs": Surface.SERVER,
        "next.config.ts": Surface.SERVER,
    }
)
"""A file that says what the scripts of its folder are built into; `index.html` counts beside `vite.config.*` only."""

_ANDROID = "src/main/AndroidManifest.xml"
_VITE = frozenset({"vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs"})
_MARKING = (*MARKS, *sorted(_VITE), "AndroidManifest.xml")
_STRENGTH = (Surface.SERVER, Surface.WORKER, Surface.BROWSER, Surface.MOBILE)  # of the marks of one folder
_SCRIPTS = re.compile(rf"{_SCRIPT}|\.(?:vue|svelte)\Z")
_ANDROID_CODE = re.compile(r"\.(?:kt|kts|java)\Z")
_ELSEWHERE = re.compile(r"\A(?:server|backend|api|functions|netlify|scripts|supabase|bin|db|migrations|prisma)/")
_DIRECTIVE = re.compile(rb"\A\s*+(?>(?://[^\n]*+|/\*.*?\*/)\s*+)*+[\"']use (client|server)[\"']", re.DOTALL)
HEAD = 8_192
"""Bytes of a file in which a directive is looked for: it must stand before any statement."""


@dataclass(frozen=True, slots=True)
class Projects:
    """The folders of a tree that hold a project whose kind its files tell."""

    scripts: Mapping[str, Surface] = field(default_factory=dict)
    android: frozenset[str] = frozenset()

    def of(self, path: str) -> Surface | None:
        """Return what the nearest project around a file is built into, None where nothing tells."""
        android = bool(self.android and _ANDROID_CODE.search(path))
        if not android and not (self.scripts and _SCRIPTS.search(path)):
            return None
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if android and folder in self.android:
                return Surface.MOBILE
            if not android and folder in self.scripts:
                inside = path[len(folder) + 1 :] if folder else path
                return None if _ELSEWHERE.match(inside) else self.scripts[folder]
        return None


def projects_of(paths: Iterable[str]) -> Projects:
    """Return the projects of a tree, by the files that mark them."""
    found: dict[str, set[str]] = {}
    android: set[str] = set()
    for path in holding(paths, _MARKING):
        folder, _, name = path.rpartition("/")
        if name in MARKS or name in _VITE:
            found.setdefault(folder, set()).add(name)
        elif name == "AndroidManifest.xml" and f"/{path}".endswith(f"/{_ANDROID}"):
            android.add(path[: -len(_ANDROID)].rstrip("/"))
    kinds = {folder: _kind(names) for folder, names in found.items()}
    return Projects({folder: kind for folder, kind in kinds.items() if kind is not None}, frozenset(android))


def _kind(names: set[str]) -> Surface | None:
    kinds = {MARKS[name] for name in names if name in MARKS and (name != "index.html" or names & _VITE)}
    return max(kinds, key=_STRENGTH.index, default=None)


def guess(path: str, projects: Projects, source: bytes = b"") -> Surface:
    """Return what runs a file, by its path, the project around it and a directive in its first lines.

    `"use client"` and `"use server"` are React's ("Directives", React documentation).
    """
    by_path = next((row.surface for row in GUESSES if row.path.search(path)), None)
    if by_path in {Surface.EDGE_FUNCTION, Surface.SERVER, Surface.MOBILE}:
        return by_path
    project = projects.of(path)
    said = _DIRECTIVE.match(source[:HEAD]) if source and _SCRIPTS.search(path) else None
    if said and project is not Surface.MOBILE:
        return Surface.BROWSER if said[1] == b"client" else Surface.SERVER
    if project in {Surface.MOBILE, Surface.BROWSER}:
        return project
    return by_path or project or Surface.SERVER


def has_directives(path: str) -> bool:
    """Return whether the first lines of a file can say where it runs."""
    return bool(_SCRIPTS.search(path))
