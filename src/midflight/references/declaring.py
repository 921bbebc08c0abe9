"""Which files declare classes that a mapper turns into rows, whatever names they hold: cheap to ask of every file."""

import re

from midflight.references.paths import suffix_of

_JPA = re.compile(rb"\b(?:javax|jakarta)\.persistence\b|@SpringBootApplication\b|@EnableJpaRepositories\b")
_MARKS = {
    ".go": re.compile(rb"\bgorm:\"|\bgorm\.Model\b|\bschema\.NamingStrategy\b"),
    ".java": _JPA,
    ".kt": _JPA,
    ".php": re.compile(rb"\bextends\s+[\w\\]*(?:Model|Eloquent|Authenticatable|Pivot|User)\b"),
    ".py": re.compile(rb"\bmodels\.(?:Model\b|\w+(?:Field|Key)\()|django\.contrib\.auth\.(?:models|base_user)"),
    ".cs": re.compile(rb"\bDbSet<|\bEntityTypeBuilder<|\.Entity<|\bUseSnakeCaseNamingConvention\b|\[Table\("),
    ".rs": re.compile(rb"\bDeriveEntityModel\b|\bDeriveColumn\b|\bFromRow\b"),
}


def declares_entities(path: str, source: bytes) -> bool:
    """Return whether a file may hold an entity, a part of one or a naming strategy."""
    marks = _MARKS.get(suffix_of(path))
    return marks is not None and bool(marks.search(source))
