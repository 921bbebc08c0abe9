"""Which files declare classes that a mapper turns into rows, whatever names they hold: cheap to ask of every file."""

import re

from midflight.references.paths import suffix_of

_JPA = re.compile(rb"\b(?:javax|jakarta)\.persistence\b|@SpringBootApplication\b|@EnableJpaRepositories\b|Repository<")
_JPA_NEEDLES = (b".persistence", b"Repository<", b"@SpringBootApplication", b"@EnableJpaRepositories")
_MARKS = {
    ".go": re.compile(rb"\bgorm:\"|\bgorm\.Model\b|\bschema\.NamingStrategy\b"),
    ".java": _JPA,
    ".kt": _JPA,
    ".php": re.compile(rb"\bextends\s+[\w\\]*(?:Model|Eloquent|Authenticatable|Pivot|User)\b"),
    ".py": re.compile(
        rb"\bmodels\.(?:Model\b|\w+(?:Field|Key)\()|django\.contrib\.auth\.(?:models|base_user)"
        rb"|(?:Manager|Query[sS]et)(?:\[[^\]\n]{0,100}\])?[,)]|\.from_queryset\("
    ),
    ".cs": re.compile(rb"\bDbSet<|\bEntityTypeBuilder<|\.Entity<|\bUseSnakeCaseNamingConvention\b|\[Table\("),
    ".rs": re.compile(rb"\bDeriveEntityModel\b|\bDeriveColumn\b|\bFromRow\b"),
}
# one of these is in whatever a pattern fits: looking for a text is many times faster than for a pattern
NEEDLES = {
    ".go": (b"gorm", b"NamingStrategy"),
    ".java": _JPA_NEEDLES,
    ".kt": _JPA_NEEDLES,
    ".php": (b"extends",),
    ".py": (b"models.", b"django.contrib.auth", b"from_queryset", b"Manager", b"QuerySet", b"Queryset"),
    ".cs": (b"DbSet<", b"EntityTypeBuilder<", b".Entity<", b"UseSnakeCaseNamingConvention", b"[Table("),
    ".rs": (b"DeriveEntityModel", b"DeriveColumn", b"FromRow"),
}


def declares_entities(path: str, source: bytes) -> bool:
    """Return whether a file may hold an entity, a part of one or a naming strategy."""
    suffix = suffix_of(path)
    marks = _MARKS.get(suffix)
    return marks is not None and any(n in source for n in NEEDLES.get(suffix, (b"",))) and bool(marks.search(source))
