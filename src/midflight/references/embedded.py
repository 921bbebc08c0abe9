"""Finds SQL in the strings of any language whose leaf says how its strings look."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft, assemble
from midflight.references.grammar import DEEPEST, Grammar, Node, TooDeepError, Tree
from midflight.references.model import HOLE, Extracted, Place, SqlText
from midflight.references.parameters import plain
from midflight.references.sqltext import is_certain, is_statement, runs_sql
from midflight.references.strings import Reader, filled

MOST_TEXTS = 5_000
_MOST_CANDIDATES = 20_000

# a word that opens a statement; it stands after a mark or at the start of a line
_WORD = re.compile(
    rb"(?<=[\s\"'`({\[<|!/^])(?:select|insert|update|delete|with|call|merge|replace|truncate)\b", re.IGNORECASE
)
_MARKS = b"\"'`({[<|!/^"
# SQL comments before the first word, and JDBC's way to call a procedure
_LEADING = re.compile(r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/)){0,2000}\*/){1,100}")
_JDBC_CALL = re.compile(r"\A\s*\{\s*(?:\?\s*=\s*)?(call\b[^{}]*)\}\s*\Z", re.IGNORECASE)

# the call that a string is an argument of: `query(ctx, "`, `execute "`, `@Query(value = "`, `find_by_sql(["`
_BREAK = re.compile(r"[()\"'`;{}]")
_BEFORE_PARENTHESIS = re.compile(r"([A-Za-z_]\w{0,80})[!?]?\s{0,20}(?:<[^()<>;]{0,80}>{1,3})?\s{0,20}\Z")
_COMMAND = re.compile(r"([A-Za-z_]\w{0,80})[!?]?[ \t]{1,20}(?:[\w.:@$ ]{1,40},\s{0,40})?\Z")
_RUNNERS = frozenset(
    # Go
    "queryrow querycontext queryrowcontext execcontext preparecontext preparex mustexec namedexec namedquery"
    " namedexeccontext selectcontext getcontext rebind queryx queryrowx newraw"
    # JVM
    " preparestatement preparecall executequery executeupdate createnativequery createsqlquery queryforobject"
    " queryforlist queryformap queryforrowset queryforstream createupdate createscript batchupdate nativequery"
    # Ruby
    " exec_query exec_update exec_delete exec_insert select_all select_one select_value select_values select_rows"
    " find_by_sql count_by_sql query_single query_hash query_array exec_params async_exec"
    # PHP
    " prepare selectone executestatement fetchallassociative fetchassociative createnamedquery pg_query"
    " pg_query_params pg_prepare mysqli_query get_results get_row get_var get_col"
    # C#
    " queryasync queryfirst queryfirstasync queryfirstordefault queryfirstordefaultasync querysingle querysingleasync"
    " querysingleordefault querysingleordefaultasync executeasync executescalar executescalarasync fromsqlraw"
    " fromsqlinterpolated fromsql sqlquery sqlqueryraw executesqlraw executesqlrawasync executesqlinterpolated"
    " executesqlinterpolatedasync executesqlasync npgsqlcommand sqlcommand commanddefinition createcommand"
    " querymultiple querymultipleasync executereaderasync commandtext".split()
)
# a text that is given to these is read by people
_SAYS = frozenset(
    "log info warn warning error debug trace fatal critical notice print printf println puts echo raise throw panic"
    " errorf fatalf infof warnf debugf warningf panicf logf exception runtimeexception illegalargumentexception"
    " illegalstateexception invalidoperationexception argumentexception sqlexception runtimeerror standarderror"
    " argumenterror describe context it wrap wrapf logerror loginformation logwarning logdebug moduledoc doc"
    " typedoc shortdoc desc description summary title message assertequals".split()
)
# languages that look like SQL over objects of the program
_OBJECT_QUERIES = frozenset(
    {"createquery", "namedquery", "createnamedquery", "createselectionquery", "createmutationquery"}
)
_OBJECT_MAPPER = re.compile(rb"persistence|hibernate|doctrine|EntityManager", re.IGNORECASE)
_REPOSITORY = re.compile(rb"org\.springframework\.data\.jpa|androidx\.room|jakarta\.data\b")
# what an annotation is given; a text of it may hold parentheses
_NOTE = re.compile(r"@(Named)?Query\s*\((?:[^()]|\([^()]*\))*\Z")
_NATIVE = re.compile(r"\bnativeQuery\s*=\s*true\b")
# Hibernate takes every name without a table in such a text for a column of the row that it is computed for
_FORMULA = re.compile(r"@(?:\w+\.)*Formula\s*\(\s*(?:value\s*=\s*)?\Z")
_ROW = f" from (values ({HOLE})) as computed_for"
# a text that is called by its name further down: `String hql = "...`
_NAMED_TEXT = re.compile(r"\b([A-Za-z_]\w{0,80})\s*(?::\s*String\s*)?=\s*\Z")
_ASKED = rb"\b(?:createQuery|createSelectionQuery|createMutationQuery)\s*\(\s*%s\s*[,)]"

# files that speak to another server than the one that the migrations are for
_ELSEWHERE = re.compile(
    rb"clickhouse|cloud\.google\.com/go/(?:bigquery|spanner)|cloud\.bigquery|go-sqlite3|modernc\.org/sqlite"
    rb"|android\.database\.sqlite|androidx\.room|androidx\.sqlite|SQLiteDatabase|\bgocql\b|snowflake-jdbc|gosnowflake"
    rb"|SQLite3::Database|Microsoft\.Data\.Sqlite|System\.Data\.SQLite|\bexqlite\b|influxdb",
    re.IGNORECASE,
)
_SERVERS = re.compile(rb"postgres|pgx|lib/pq|npgsql|mysql|mariadb|postgrex|\bpg_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Language:
    """A language: how to parse it, how its strings look, and what stands in them for a value."""

    parse: Callable[[bytes], Node]
    grammar: Grammar
    named: bool = False  # `@name` is a parameter
    templates: bool = False  # `#{x}` and `${x}` in a plain string are MyBatis's
    heredocs: bool = False  # a literal stands below the line that it is used on
    continued: tuple[str, ...] = ()  # methods on a literal that fill it


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a literal is used: the callee's name in lower case, those around it, and the source before."""

    callee: str
    outer: str
    before: str


def open_tree(path: str, source: bytes, language: Language) -> Tree:
    """Parse a file."""
    return Tree(path, source, language.parse(source))


def has_statements(source: bytes) -> bool:
    """Whether a file may hold SQL, before it is parsed."""
    return next(_openings(source), None) is not None


def _openings(source: bytes) -> Iterator[int]:
    """Yield the offset of each word that may open a statement."""
    for found in _WORD.finditer(source):
        begins = found.start()
        before = source[max(0, begins - 200) : begins]
        bare = before.rstrip()
        if b"\n" in before[len(bare) :] or bare[-1:] in _MARKS:
            yield begins


def find_sql(path: str, source: bytes, language: Language) -> Extracted:
    """Give the SQL texts of one file."""
    if not has_statements(source) or (_ELSEWHERE.search(source) and not _SERVERS.search(source)):
        return Extracted()
    try:
        drafts = list(_drafts(open_tree(path, source, language), language))
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, f"the code is nested more than {DEEPEST} deep"),))
    return assemble(drafts, [], path)


def _drafts(tree: Tree, language: Language) -> Iterator[Draft]:
    reader = Reader(tree, language.grammar)
    seen: set[int] = set()
    for count, offset in enumerate(_openings(tree.text)):
        if count >= _MOST_CANDIDATES or len(seen) >= MOST_TEXTS:
            reason = f"the file holds more than {MOST_TEXTS} SQL texts; the rest is not read"
            yield Draft(len(tree.text), unresolved=(NotAnalysed(tree.path, 0, reason),))
            return
        path = tree.path_to(offset)
        at = next(
            (index for index in range(len(path) - 1, -1, -1) if path[index].type in language.grammar.literals), None
        )
        if at is None or path[at].start_byte in seen:
            continue
        seen.add(path[at].start_byte)
        draft = _draft(reader, path[: at + 1], language)
        if draft is not None:
            yield draft


def _draft(reader: Reader, path: list[Node], language: Language) -> Draft | None:
    literal = path[-1]
    outer, percent = _outer(path, language.grammar)
    parts = reader.parts(outer)
    parts = parts[next((index for index, part in enumerate(parts) if part.id == literal.id), 0) :]
    if not parts:
        return None
    site = _site(reader.tree, literal, language)
    text = _formatted(reader, path, reader.text(parts), site=site, language=language, percent=percent)
    text, begins = _tidy(text, reader.begins(parts[0]), language)
    if _FORMULA.search(site.before):
        text = f"select {text}{_ROW}"
    passed = runs_sql(site.callee) or site.callee in _RUNNERS
    if _is_other(site, reader.tree, literal) or not is_statement(text, passed=passed):
        return None
    query = SqlText(
        Place(reader.tree.path, begins), text, dynamic=HOLE in text, certain=is_certain(text, passed=passed)
    )
    return Draft(literal.start_byte, query=query)


def _outer(path: list[Node], grammar: Grammar) -> tuple[Node, bool]:
    """The whole of what a literal is joined to, and whether a `%` operator fills it."""
    at, percent = len(path) - 1, False
    for index in range(len(path) - 2, -1, -1):
        operator = grammar.operator(path[index])
        if operator is None:
            if path[index].type in {"parenthesized_expression", "parenthesized_statements"}:
                continue
            break
        percent = percent or operator == "%"
        at = index
    return path[at], percent


def _site(tree: Tree, literal: Node, language: Language) -> _Site:
    end = literal.start_byte
    if language.heredocs and literal.type == "heredoc_body":
        end = _heredoc_mark(tree, literal)
    before = tree.text[max(0, end - 200) : end].decode("utf-8", "replace")
    callee, at = _callee(before)
    if callee not in language.grammar.printf | language.grammar.braces:
        return _Site(callee, "", before)
    around, _ = _callee(re.sub(r"(?:\w{1,80}\s{0,9}(?:\.|::)\s{0,9}){1,9}\Z", "", before[:at]))
    return _Site(around, callee, before)


def _callee(before: str) -> tuple[str, int]:
    """The name of the call, in lower case, whose argument follows this source, and where the name begins."""
    before = before.rstrip().rstrip("@$&*[") + (" " if before[-1:].isspace() else "")
    marks = [found.start() for found in _BREAK.finditer(before)]
    while len(marks) > 1 and before[marks[-1]] in "({" and not before[marks[-2] + 1 : marks[-1]].strip(" \t\r\n[*&@$"):
        marks.pop()  # `(("` and `({"`
    last = marks[-1] if marks else -1
    if last >= 0 and before[last] == "(":
        found = _BEFORE_PARENTHESIS.search(before, max(0, last - 200), last)
    else:
        found = _COMMAND.search(before.rsplit("\n", 1)[-1])
    return (found[1].lower(), found.start()) if found else ("", 0)


def _heredoc_mark(tree: Tree, body: Node) -> int:
    """Where the mark of a body stands, on the line above it."""
    tag = tree.read(body.children[-1]).strip() if body.children else ""
    begins = max(0, body.start_byte - 2_000)
    marks = re.finditer(rb"<<[~-]?[\"'`]?" + re.escape(tag).encode() + rb"\b", tree.text[begins : body.start_byte])
    return max((begins + mark.start() for mark in marks), default=body.start_byte)


def _formatted(reader: Reader, path: list[Node], text: str, *, site: _Site, language: Language, percent: bool) -> str:
    """The text with what a formatter puts into it."""
    grammar = language.grammar
    if site.outer:
        arguments = _arguments(reader, path)
        return filled(text, arguments, braces=site.outer in grammar.braces)
    if percent:
        return filled(text, [], braces=False)
    after = reader.tree.text[path[-1].end_byte : path[-1].end_byte + 200].decode("utf-8", "replace")
    called = re.match(r"[\s)]*(?:\.\w+\(\s*\)\s*)*\.(\w+)\s*\(", after)
    return filled(text, [], braces=False) if called and called[1] in language.continued else text


def _arguments(reader: Reader, path: list[Node]) -> list[str]:
    """The values that follow a literal among the arguments of a call."""
    for index in range(len(path) - 2, -1, -1):
        node = path[index]
        if "argument" in node.type and node.type not in {"argument", "value_argument"}:
            named = [child for child in node.children if child.is_named and "comment" not in child.type]
            at = next((place for place, child in enumerate(named) if child.id == path[index + 1].id), len(named))
            return [reader.value(_bare(child)) for child in named[at + 1 :]]
    return []


def _bare(node: Node) -> Node:
    named = [child for child in node.children if child.is_named]
    return named[0] if node.type in {"argument", "value_argument"} and len(named) == 1 else node


def _tidy(text: str, begins: int, language: Language) -> tuple[str, int]:
    """The text without what stands before its first word, its parameters as the SQL reader knows them."""
    leading = _LEADING.match(text)
    if leading is not None and not leading[0].isspace():
        begins += leading[0].count("\n")
        text = text[leading.end() :]
    if called := _JDBC_CALL.match(text):
        text = called[1]
    text = plain(text, named=language.named)
    if language.templates:
        text = re.sub(r"#\{[^{}]{0,200}\}", ":p", text)
        text = re.sub(r"\$\{[^{}]{0,200}\}", HOLE, text)
    return text, begins


def _is_other(site: _Site, tree: Tree, literal: Node) -> bool:
    """Whether a text is for people, or for a mapper that has a language of its own."""
    if site.callee in _SAYS:
        return True
    if site.callee in _OBJECT_QUERIES:
        return bool(_OBJECT_MAPPER.search(tree.text))
    named = _NAMED_TEXT.search(site.before)
    if named and re.compile(_ASKED % named[1].encode()).search(tree.text, literal.end_byte):
        return bool(_OBJECT_MAPPER.search(tree.text))
    noted = _NOTE.search(site.before)
    if noted is None:
        return False
    if noted[1]:
        return bool(_OBJECT_MAPPER.search(tree.text))
    around = site.before[-200:] + tree.text[literal.end_byte : literal.end_byte + 200].decode("utf-8", "replace")
    return bool(_REPOSITORY.search(tree.text)) and not _NATIVE.search(around)
