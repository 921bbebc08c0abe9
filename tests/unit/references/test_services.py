"""Edge functions and storage buckets that code names."""

import pytest

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.references.beside import find_services, find_types
from midflight.references.languages import extract
from midflight.references.model import ServiceKind
from midflight.references.paths import SearchOptions

FUNCTION, BUCKET = ServiceKind.FUNCTION, ServiceKind.BUCKET

USES = {
    "invoke": ("supabase.functions.invoke('f', { body })", [(1, FUNCTION, "f")]),
    "invoke_typed": ("await supabase.functions.invoke<Answer>('f')", [(1, FUNCTION, "f")]),
    "invoke_of_a_factory": ("(await createClient()).functions.invoke('f')", [(1, FUNCTION, "f")]),
    "invoke_of_a_path_in_it": ("supabase.functions.invoke('f/projects?id=1')", [(1, FUNCTION, "f")]),
    "invoke_of_a_constant": ("const F = 'f'\nsupabase.functions.invoke(F)", [(2, FUNCTION, "f")]),
    "over_lines": ("supabase\n  .functions\n  .invoke(\n  'f')", [(4, FUNCTION, "f")]),
    "fetched_by_address": ("await fetch(`${url}/functions/v1/f`, { method })", [(1, FUNCTION, "f")]),
    "fetched_with_a_query": ("x\nfetch('https://a.supabase.co/functions/v1/f?id=1')", [(2, FUNCTION, "f")]),
    "upload": ("supabase.storage.from('b').upload(path, file)", [(1, BUCKET, "b")]),
    "bucket_over_lines": ("const { data } = await supabase.storage\n  .from('b')\n  .list()", [(2, BUCKET, "b")]),
    "bucket_with_a_space": ("supabase.storage.from('my files').remove([p])", [(1, BUCKET, "my files")]),
    "two": ("supabase.storage.from('b').x(); supabase.functions.invoke('f')", [(1, BUCKET, "b"), (1, FUNCTION, "f")]),
    "a_table_is_no_bucket": ("storage; supabase.from('b').select()", []),
    "an_array_is_no_bucket": ("storage; Array.from('b')", []),
    "invoke_of_something_else": ("functions; ipc.invoke('f')", []),
    "tauri": ("import { functions } from 'x'\nawait invoke('f')", []),
    "in_a_comment": ("// supabase.functions.invoke('f')", []),
    "an_address_in_a_comment": ("// functions are at /functions/v1/f", []),
    "an_unknown_name": ("supabase.functions.invoke(name)", []),
    "an_unknown_bucket": ("supabase.storage.from(`${a}-b`).list()", []),
}


@pytest.mark.parametrize("case", USES)
def test_uses(case):
    source, expected = USES[case]
    found = extract("a.ts", source.encode()).services
    assert [(use.place.line, use.kind, use.name) for use in found] == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("supabase.functions.invoke(name)", "edge function name is a variable: `name`"),
        ("supabase.storage.from(bucket).list()", "bucket name is a variable: `bucket`"),
    ],
)
def test_a_name_in_a_variable_is_counted(source, reason):
    assert [problem.reason for problem in extract("a.ts", source.encode()).unresolved] == [reason]


def test_a_flag_covers_an_invocation():
    source = b"if (process.env.USE_NEW) { await supabase.functions.invoke('f') }"
    (use,) = extract("a.ts", source).services
    assert use.guard is not None
    assert use.guard.flag == "USE_NEW"


class Blobs:
    """Contents by id."""

    def __init__(self):
        self.contents = {}

    def read(self, blobs):
        yield from ((blob, self.contents[blob]) for blob in blobs if blob in self.contents)

    def tree(self, revision, files):
        entries = {}
        for path, text in files.items():
            blob = f"{revision}:{path}"
            self.contents[blob] = text.encode()
            entries[path] = Entry(path, blob, EntryKind.FILE, len(text))
        return Tree(revision, entries)


def test_only_the_wanted_names_are_given_on_each_side():
    blobs = Blobs()
    base = blobs.tree(
        "base", {"web/a.ts": "supabase.functions.invoke('f')", "web/a.test.ts": "x.functions.invoke('f')"}
    )
    head = blobs.tree("head", {"web/a.ts": "supabase.functions.invoke('g'); supabase.functions.invoke('h')"})
    old, new = find_services(base, head, blobs, names=frozenset("fg"), options=SearchOptions())
    assert [use.name for use in old] == ["f"]
    assert [use.name for use in new] == ["g"]


TYPES = """export type Json = string | number
export type Database = {
  public: {
    Tables: {
      projects: {
        Row: {
          id: number
          "first name": string | null
        }
        Insert: {
          id?: number
          other: string
        }
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      total: { Args: { p_id: number }; Returns: number }
    }
    Enums: {
      status: "open" | "closed" | "void"
    }
  }
}
"""


def test_generated_types_are_read():
    blobs = Blobs()
    (found,) = find_types(blobs.tree("head", {"src/database.types.ts": TYPES, "src/a.ts": TYPES}), blobs)
    assert (found.path, found.schema, found.line) == ("src/database.types.ts", "public", 4)
    assert found.relations == (("projects", frozenset({"id", "first name"})),)
    assert found.routines == frozenset({"total"})
    assert found.enums == (("status", frozenset({"open", "closed", "void"})),)


@pytest.mark.parametrize("source", ["export type Database = {", "export type Database = " + "{ a: " * 5_000, "x"])
def test_types_that_do_not_parse_say_nothing(source):
    blobs = Blobs()
    assert find_types(blobs.tree("head", {"database.types.ts": source}), blobs) == ()
