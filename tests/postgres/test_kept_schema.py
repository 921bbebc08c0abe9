import gzip
import io
import tarfile
from dataclasses import replace

import pytest

from midflight.adapters.kept import FolderStore
from midflight.adapters.shadow import kept as shadow_kept
from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import find_server
from midflight.inspection.lint import Server, lint_contexts
from midflight.migrations.model import History, Migration, Script, Transactions
from midflight.plan.model import Reversibility, RollbackPlan

pytestmark = pytest.mark.postgres

UPS = ("CREATE TABLE t (a int NOT NULL);\nCREATE VIEW v AS SELECT a FROM t;", "ALTER TABLE t ADD COLUMN b text;")


def _history(*texts):
    return History(
        "app",
        "plain",
        "postgres",
        "",
        tuple(
            Migration(f"{n}", "m", f"{n}.sql", Script(f"{n}.sql", text, Transactions.PER_FILE))
            for n, text in enumerate(texts)
        ),
    )


def _proof(store, *texts):
    server = find_server()
    assert server is not None
    history = _history(*texts)
    (context,) = lint_contexts(history, frozenset({history.migrations[-1].path}), Server(server.version))
    return prove(context, RollbackPlan(Reversibility.LOSSLESS, ()), server, rows=10, store=store)


def _alike(proof):
    timeless = tuple(replace(each, milliseconds=0.0) for each in proof.statements)
    return replace(proof, statements=timeless)


def _only(folder):
    (found,) = folder.glob("shadow-*")
    return found


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "kept")


def test_what_was_kept_proves_the_same(store):
    first = _proof(store, *UPS)
    written = _only(store.folder).stat().st_mtime_ns
    assert first.applied
    assert first.rows == 10
    assert _alike(_proof(store, *UPS)) == _alike(first) == _alike(_proof(None, *UPS))
    assert _only(store.folder).stat().st_mtime_ns == written


def test_another_history_is_kept_as_another_one(store):
    _proof(store, *UPS)
    assert _proof(store, UPS[0].replace("a int", "c int").replace("SELECT a", "SELECT c"), UPS[1]).applied
    assert len(list(store.folder.glob("shadow-*"))) == 2


@pytest.mark.parametrize("content", [b"", b"no checksum", b"0" * 64 + b"\n{}\nx"])
def test_what_is_damaged_is_made_anew(store, content):
    first = _proof(store, *UPS)
    _only(store.folder).write_bytes(content)
    assert _alike(_proof(store, *UPS)) == _alike(first)


def test_a_server_that_does_not_start_from_what_was_kept_is_made_anew(store):
    first = _proof(store, *UPS)
    kept = shadow_kept.load(store, _only(store.folder).name)
    assert kept is not None
    _write(store, kept, [("base", b"", tarfile.DIRTYPE)])
    assert _alike(_proof(store, *UPS)) == _alike(first)


def test_a_change_has_no_more_rights_on_what_was_kept(store):
    _proof(store, *UPS)
    refused = _proof(store, UPS[0], "ALTER ROLE postgres SUPERUSER;")
    again = _proof(store, UPS[0], "ALTER ROLE postgres SUPERUSER;")
    assert refused.refused is not None
    assert again.refused is not None
    assert again.refused.sqlstate == refused.refused.sqlstate == "42501"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("postgresql.auto.conf", tarfile.REGTYPE),
        ("pg_hba.conf", tarfile.REGTYPE),
        ("base/../../out", tarfile.REGTYPE),
        ("/base/out", tarfile.REGTYPE),
        ("pg_tblspc/1", tarfile.SYMTYPE),
        ("base/1", tarfile.LNKTYPE),
        ("base/pipe", tarfile.FIFOTYPE),
    ],
)
def test_files_of_settings_links_and_ways_out_are_refused(tmp_path, name, kind):
    packed = _packed([("base", b"", tarfile.DIRTYPE), (name, b"x", kind)])
    with pytest.raises(ValueError, match="no server's files"):
        shadow_kept.KeptBase("shadow_1", (), False, None, packed).unpack(tmp_path / "data")
    assert not (tmp_path / "out").exists()


def _packed(members):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as packed:
        for name, content, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content) if kind == tarfile.REGTYPE else 0, "base"
            packed.addfile(member, io.BytesIO(content))
    return gzip.compress(written.getvalue())


def _write(store, kept, members):
    known, name = b'{"template": "shadow_1", "stand_ins": [], "checker": false}\n', _only(store.folder).name
    rest = known + _packed(members)
    store.save(name, shadow_kept.hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
