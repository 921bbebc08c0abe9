"""Settings: three sources, one value, every problem with its place."""

from datetime import date

import pytest

from midflight.errors import SettingsError
from midflight.inspection.model import Deploys
from midflight.settings import Settings, configured_path, read_runner, read_settings


def problems(environment=None, **sources) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment or {}, **sources)
    return caught.value.problems


def test_without_any_source_the_defaults_are_those_of_the_strategy():
    settings = read_settings({})

    assert (settings.fail_on, settings.comment, settings.status, settings.annotations) == ("error", True, True, True)
    assert (settings.comment_key, settings.merge_method) == ("default", "squash")
    assert (settings.deploys, settings.postgres_version) == (Deploys.TOGETHER, 18)
    assert (settings.monitoring.error_rate, settings.monitoring.call_failures) == (5, 10)
    assert (settings.monitoring.orphaned_rows, settings.monitoring.hours) == (0, 24)
    assert settings.flags.set_ == "supabase secrets set {flag}=false"
    assert (settings.deployment.code_minutes, settings.deployment.database_minutes) == (2, 10)
    assert settings.template == ".github/midflight/comment.md.j2"
    assert (settings.report_path, settings.release_notes_path) == ("midflight-report.json", "release-notes.md")


def test_the_command_line_goes_before_an_input_and_an_input_before_the_file():
    file = "fail_on: never\ncomment_key: file\nmerge_method: rebase\n"
    inputs = {"INPUT_FAIL_ON": "warning", "INPUT_COMMENT_KEY": "input"}

    settings = read_settings(inputs, options={"fail_on": "error", "comment_key": None}, configuration=file)

    assert (settings.fail_on, settings.comment_key, settings.merge_method) == ("error", "input", "rebase")


def test_an_input_that_was_left_out_is_an_empty_text_and_changes_nothing():
    assert read_settings({"INPUT_FAIL_ON": "", "INPUT_FROM": "  "}, configuration="fail_on: never").fail_on == "never"


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("True", True), ("false", False), ("FALSE", False)])
def test_a_switch_takes_true_and_false(written, meant):
    assert read_settings({"INPUT_COMMENT": written}).comment is meant
    assert read_settings({}, configuration=f"comment: {written}").comment is meant


@pytest.mark.parametrize("written", ["yes", "no", "on", "off", "1", "0", "y"])
def test_a_switch_takes_nothing_else_from_any_source(written):
    assert problems({"INPUT_COMMENT": written}) == (
        f"input comment: `'{written}'` is not allowed; it must be `true` or `false`.",
    )
    (problem,) = problems(configuration=f"comment: {written}")
    assert problem.startswith(".github/midflight.yml:1: comment: ")
    assert problem.endswith("is not allowed; it must be `true` or `false`.")


def test_off_is_a_level_and_not_a_boolean():
    assert read_settings({}, configuration="rules: {drop-column: off, edited-migration: note}").rules == {
        "drop-column": "off",
        "edited-migration": "note",
    }


def test_everything_that_a_file_can_hold_is_read():
    settings = read_settings(
        {},
        configuration="""
deploys: database-first
databases:
  - {name: billing, folder: services/billing/migrations, format: flyway}
code: {roots: [supabase/functions, web], ignore: ['**/*.gen.ts'], tests: true}
ignore:
  - rule: drop-column
    path: supabase/migrations/*.sql
    object: public.projects.draft
    reason: the column was never deployed
    until: 2026-12-31
monitoring:
  error_rate: 2.5
  queries:
    - {purpose: Orphans, sql: 'SELECT * FROM find_orphaned_projects()', expect: no rows}
flags: {set: 'fly secrets set {flag}=false'}
deployment: {code_minutes: 7}
""",
    )

    assert settings.deploys is Deploys.DATABASE_FIRST
    assert (settings.databases[0].folder, settings.databases[0].dialect) == ("services/billing/migrations", "postgres")
    assert settings.code.roots == ("supabase/functions", "web")
    assert settings.code.tests
    assert settings.ignore[0].until == date(2026, 12, 31)
    assert settings.monitoring.error_rate == 2.5
    assert settings.monitoring.queries[0].expect == "no rows"
    assert settings.flags.set_ == "fly secrets set {flag}=false"
    assert (settings.deployment.code_minutes, settings.deployment.database_minutes) == (7, 10)


def test_every_problem_of_every_source_is_told_at_once_in_the_order_of_the_file():
    file = """comment: maybe
databases:
  - folder: db
    format: 5
    dialect: oracle
monitoring: {hours: 0}
"""

    found = problems({"INPUT_STATUS": "ja"}, configuration=file, options={"merge_method": "fast-forward"})

    assert found == (
        ".github/midflight.yml:1: comment: `'maybe'` is not allowed; it must be `true` or `false`.",
        ".github/midflight.yml:4: databases[0].format: `5` is not allowed; it must be a text.",
        (
            ".github/midflight.yml:5: databases[0].dialect: `'oracle'` is not allowed; "
            "it must be `postgres`, `mysql`, `mariadb` or `sqlite`."
        ),
        ".github/midflight.yml:6: monitoring.hours: `0` is not allowed; it must be a whole number, 1 or more.",
        "input status: `'ja'` is not allowed; it must be `true` or `false`.",
        "option --merge-method: `'fast-forward'` is not allowed; it must be `squash`, `merge` or `rebase`.",
    )


@pytest.mark.parametrize(
    ("environment", "file", "place", "nearest"),
    [
        ({"INPUT_FAIL-ON": "error"}, "", "input fail-on: ", "fail_on"),
        ({"INPUT_DEPLOY": "x"}, "", "input deploy: ", "deploys"),
        ({}, "a: 1\nfailon: error", ".github/midflight.yml:2: failon: ", "fail_on"),
        ({}, "monitoring:\n  error_rat: 1", ".github/midflight.yml:2: monitoring.error_rat: ", "error_rate"),
        ({}, "ignore:\n- rule: x\n  reasn: y\n  reason: z", ".github/midflight.yml:3: ignore[0].reasn: ", "reason"),
    ],
)
def test_an_unknown_key_gets_its_place_and_the_nearest_known_one(environment, file, place, nearest):
    assert any(
        problem.startswith(place) and f"Did you mean `{nearest}`?" in problem
        for problem in problems(environment, configuration=file)
    )


@pytest.mark.parametrize("written", ["11", "19", "15.4", "new"])
def test_the_server_s_version_is_a_major_version_that_the_cost_model_knows(written):
    (problem,) = problems({"INPUT_POSTGRES_VERSION": written})

    assert problem.endswith("is not allowed; it must be a whole number from 12 to 18.")


def test_a_lists_and_mappings_belong_to_the_file_and_are_no_inputs():
    (problem,) = problems({"INPUT_DATABASES": "[]"})

    assert problem.startswith("input databases: no input has this name.")


@pytest.mark.parametrize("key", ["github_token", "config", "from", "to", "runner"])
def test_what_belongs_to_one_run_cannot_stand_in_the_file(key):
    (problem,) = problems(configuration=f"{key}: x")

    assert problem.startswith(f".github/midflight.yml:1: {key}: no setting has this name.")
    assert "github_token" not in problem.partition("Known:")[2]


def test_the_runners_own_inputs_of_a_container_are_not_ours():
    assert read_settings({"INPUT_ARGS": "check", "INPUT_ENTRYPOINT": "/bin/x"}) == read_settings({})


def test_a_reason_must_be_given_to_ignore_a_finding():
    file = "ignore:\n- {rule: drop-column}\n- rule: drop-column\n  reason: '  '\n"

    assert problems(configuration=file) == (
        ".github/midflight.yml:2: ignore[0].reason: is missing; it must be a text that is not empty.",
        ".github/midflight.yml:4: ignore[1].reason: `'  '` is not allowed; it must be a text that is not empty.",
    )


def test_a_rule_that_does_not_exist_is_a_problem_where_the_rules_are_known():
    file = "rules: {drop-colum: off}\nignore: [{rule: nope, reason: x}]"

    found = problems(configuration=file, known_rules=("drop-column", "drop-table"))

    assert found == (
        (
            ".github/midflight.yml:1: rules.drop-colum: no rule is called `'drop-colum'`. "
            "Did you mean `drop-column`? Known: drop-column, drop-table."
        ),
        ".github/midflight.yml:2: ignore[0].rule: no rule is called `'nope'`. Known: drop-column, drop-table.",
    )


def test_a_key_written_twice_is_a_problem():
    assert problems(configuration="fail_on: error\nfail_on: never") == (
        ".github/midflight.yml:2: fail_on: is written twice, first on line 1",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fail_on: [", "not YAML"),
        ("- fail_on", "must be a mapping"),
        ("x: &a 1\ny: *a", "aliases are not read"),
        ("x: !!python/object:os.system x", "not YAML"),
        ("? [a]\n: b", "not YAML"),
        ("a: \x00", "not YAML"),
        ("[" * 20_000, "nested too deeply"),
        ("# " + "x" * 200_000, "more than 200,000 characters"),
    ],
)
def test_a_hostile_file_is_a_problem_with_its_line_and_no_traceback(text, says):
    found = problems(configuration=text, configuration_path="ci/m.yml")

    assert found[0].startswith("ci/m.yml:")
    assert says in found[0]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "null"])
def test_an_empty_file_holds_the_defaults(text):
    assert read_settings({}, configuration=text) == read_settings({})


@pytest.mark.parametrize("path", ["/etc/passwd", "../secrets.yml", "a/../../b"])
def test_a_path_out_of_the_repository_is_refused(path):
    (problem,) = problems(options={"template": path})

    assert problem == f"option --template: `'{path}'` is not allowed; it must be a path inside the repository."


@pytest.mark.parametrize("revision", ["--upload-pack=x", "a b", "-x"])
def test_a_revision_that_git_would_take_for_an_option_is_refused(revision):
    (problem,) = problems({"INPUT_FROM": revision, "INPUT_TO": "main"})

    assert problem.startswith("input from: ")


@pytest.mark.parametrize(("from_", "to"), [("v1", "v2"), ("v1", ""), ("", "v2")])
def test_release_notes_need_neither_end(from_, to):
    settings = read_settings({"INPUT_FROM": from_, "INPUT_TO": to})
    assert (settings.from_, settings.to) == (from_, to)


def test_the_token_is_never_shown():
    token = "ghs_" + "0" * 36
    settings = read_settings({"INPUT_GITHUB_TOKEN": token, "INPUT_COMMENT_KEY": "a"})

    assert settings.github_token.get_secret_value() == token
    assert token not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert token not in " ".join(problems({"INPUT_GITHUB_TOKEN": token, "INPUT_COMMENT": token[:3]}))
    assert token not in " ".join(problems(options={"github_token": [token]}))


def test_the_token_may_come_from_the_usual_variable_but_an_input_goes_first():
    assert read_settings({"GITHUB_TOKEN": "a"}).github_token.get_secret_value() == "a"
    both = {"GITHUB_TOKEN": "a", "INPUT_GITHUB_TOKEN": "b"}
    assert read_settings(both).github_token.get_secret_value() == "b"


def test_a_long_value_is_cut_and_kept_on_one_line():
    (problem,) = problems({"INPUT_FAIL_ON": "a\nb" * 1000})

    assert "\n" not in problem
    assert len(problem) < 200


def test_the_settings_cannot_be_changed():
    settings = read_settings({})

    with pytest.raises(ValueError, match="frozen"):
        settings.fail_on = "never"


def test_the_runner_tells_where_the_job_is():
    runner = read_runner(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "7",
        }
    )

    assert runner.in_action
    assert runner.event_name == "pull_request"
    assert runner.run_url == "https://github.example/acme/app/actions/runs/7"
    assert read_runner({}).run_url == ""
    assert not read_runner({"GITHUB_ACTIONS": "no"}).in_action
    assert read_settings({"GITHUB_REPOSITORY": "acme/app"}).runner.repository == "acme/app"


def test_the_rules_pages_are_in_the_repository_that_the_action_came_from():
    runner = read_runner({"GITHUB_ACTION_REPOSITORY": "midflight/midflight", "GITHUB_ACTION_REF": "v1"})

    assert runner.rules_url == "https://github.com/midflight/midflight/blob/v1/docs/rules"
    assert read_runner({"GITHUB_ACTION_REPOSITORY": "midflight/midflight"}).rules_url == ""


def test_where_the_file_is_can_be_asked_before_it_is_read():
    assert configured_path({}) == ".github/midflight.yml"
    assert configured_path({"INPUT_CONFIG": "ci/a.yml"}) == "ci/a.yml"
    assert configured_path({"INPUT_CONFIG": "ci/a.yml"}, options={"config": "b.yml"}) == "b.yml"


def test_every_setting_says_what_it_is_for():
    def undescribed(model):
        return [name for name, field in model.model_fields.items() if not field.description and name != "runner"]

    parts = [Settings, *(type(getattr(Settings(), name)) for name in ("code", "monitoring", "flags", "deployment"))]
    assert [name for part in parts for name in undescribed(part)] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("surfaces: [{path: a, surface: phone}]", "`worker`, `browser`, `command-line` or `mobile`."),
        ("surfaces: [{path: a, surface: mobile, lifetime_days: -1}]", "it must be a whole number from 0 to 3650."),
        ("surfaces: [{surface: mobile}]", "surfaces[0].path: is missing; it must be a text that is not empty."),
        ("lifetimes: {phone: 3}", "lifetimes.phone: no setting has this name."),
        (
            "consumers: [{name: b}]",
            "consumers[0]: `{'name': 'b'}` is not allowed; it must have `repository`, `path` or",
        ),
        (
            "consumers: [{name: b, repository: acme}]",
            "consumers[0].repository: `'acme'` is not allowed; it must be `owner/name`",
        ),
        ("consumers: [{name: b, repository: acme/..}]", "it must be `owner/name`."),
        ("consumers: [{name: b, path: a/../b}]", "it must not go up again after it went down."),
        ("consumers: [{name: b, path: ../b, ref: --all}]", "and not beginning with a hyphen."),
        ("consumers: [{name: '`b`', uses: [a]}]", "it must be at most 80 characters without backticks."),
        ("consumers: [{name: b, uses: ['a b']}]", "it must be `table`, `table.column` or `routine`"),
    ],
)
def test_surfaces_and_consumers_say_what_is_allowed(written, told):
    (problem,) = problems(configuration=written)

    assert problem.startswith(".github/midflight.yml:1: ")
    assert told in problem
