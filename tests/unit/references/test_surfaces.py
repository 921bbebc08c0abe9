"""Where code runs: configured, or guessed from path, project and directive."""

import pytest

from midflight.references.surfaces import (
    GUESSES,
    LIFETIMES,
    Configured,
    Projects,
    RunsOn,
    Surface,
    Surfaces,
    projects_of,
)

NEXT = projects_of(["web/next.config.js", "web/app/page.tsx"])
SPA = projects_of(["vite.config.ts", "index.html", "src/main.ts"])
EXPO = projects_of(["app/metro.config.js", "app/src/list.ts", "package.json"])
NOTHING = Projects()


def surface(path: str, projects: Projects = NOTHING, source: bytes = b"") -> str:
    return Surfaces().runs_on(path, projects, source).surface.value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("supabase/functions/generate/index.ts", "edge-function"),
        ("apps/web/supabase/functions/generate/index.ts", "edge-function"),
        ("netlify/edge-functions/geo.ts", "edge-function"),
        ("src/app/users/route.ts", "server"),
        ("pages/api/users.ts", "server"),
        ("src/routes/users/+page.server.ts", "server"),
        ("src/routes/users/+server.js", "server"),
        ("app/users+api.ts", "server"),
        ("apps/mobile/src/list.ts", "mobile"),
        ("mobile/src/list.tsx", "mobile"),
        ("apps/acme-mobile/list.ts", "mobile"),
        ("packages/react-native-app/list.ts", "mobile"),
        ("ios/App/List.m", "mobile"),
        ("Sources/List.swift", "mobile"),
        ("android/app/src/main/java/List.java", "mobile"),
        ("lib/screens/list.dart", "mobile"),
        ("src/list.native.tsx", "mobile"),
        ("shared/src/androidMain/kotlin/List.kt", "mobile"),
        ("cmd/acme-cli/main.go", "command-line"),
        ("cmd/acmectl/main.go", "command-line"),
        ("packages/cli/src/main.ts", "command-line"),
        ("svix-cli/src/main.rs", "command-line"),
        ("workers/mail.ts", "worker"),
        ("app/jobs/mail_job.rb", "worker"),
        ("src/List.vue", "browser"),
        ("app/javascript/list.js", "browser"),
        ("public/list.js", "browser"),
        ("app/javascript/workers/list.js", "browser"),
    ],
)
def test_a_path_alone_tells(path, expected):
    assert surface(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "cmd/billing/main.go",  # Go puts servers there too
        "cmd/server/main.go",
        "bin/report.py",  # a script on the server
        "cli/delete-user.php",
        "crates/cli/src/main.rs",  # the commands of a server's own program
        "server/src/android/push.ts",  # a server's code about phones
        "apps/web/src/mobile/menu.ts",  # a narrow screen
        "src/cli_arguments.py",
        "server/lib/list.dart",
        "backend/Sources/List.swift",
        "src/users.ts",
        "lib/users.rb",
        "app/models/user.rb",
        "client.py",
    ],
)
def test_what_only_sounds_like_another_surface_runs_on_the_server(path):
    assert surface(path) == "server"


def test_a_directive_tells_within_its_project():
    client = b"// list\n/* of all */\n'use client';\nimport x from 'x';\n"

    assert surface("web/app/list.tsx", NEXT) == "server"
    assert surface("web/app/list.tsx", NEXT, client) == "browser"
    assert surface("web/app/list.tsx", NEXT, b"const x = 1;\n'use client';\n") == "server"
    assert surface("src/actions.ts", SPA, b'"use server"\n') == "server"
    assert surface("web/list.py", NEXT, client) == "server"


def test_a_directive_after_endless_comments_is_not_looked_for_forever():
    assert surface("a.ts", NOTHING, b"//" * 4000 + b"x") == "server"
    assert surface("a.ts", NOTHING, b"/* */ " * 1300 + b"x") == "server"


def test_the_nearest_project_tells_what_scripts_are_built_into():
    assert surface("src/api/list.ts", SPA) == "browser"
    assert surface("server/list.ts", SPA) == "server"
    assert surface("scripts/list.ts", SPA) == "server"
    assert surface("src/list.py", SPA) == "server"
    assert surface("app/src/list.ts", EXPO) == "mobile"
    assert surface("app/src/list.ts", EXPO, b'"use client"') == "mobile"
    assert surface("other/src/list.ts", EXPO) == "server"


def test_an_index_page_without_vite_marks_nothing():
    assert projects_of(["docs/index.html", "docs/list.ts"]) == Projects()


def test_a_phone_wins_over_a_page_in_one_folder():
    both = projects_of(["vite.config.ts", "index.html", "capacitor.config.ts"])

    assert surface("src/list.ts", both) == "mobile"


def test_an_android_manifest_makes_its_module_mobile():
    projects = projects_of(["phone/src/main/AndroidManifest.xml", "api/src/main/java/List.java"])

    assert surface("phone/src/main/java/List.java", projects) == "mobile"
    assert surface("phone/src/main/kotlin/List.kt", projects) == "mobile"
    assert surface("api/src/main/java/List.java", projects) == "server"
    assert surface("src/Main.java", projects_of(["src/main/AndroidManifest.xml"])) == "mobile"


def test_the_first_configured_path_wins_over_every_guess():
    surfaces = Surfaces(
        (
            Configured("apps/mobile/admin/**", Surface.SERVER),
            Configured("apps/mobile/**", Surface.MOBILE, 90),
            Configured("desk/", Surface.COMMAND_LINE),
        ),
        {**LIFETIMES, Surface.COMMAND_LINE: 7},
    )

    assert surfaces.runs_on("apps/mobile/admin/list.ts", NOTHING) == RunsOn()
    assert surfaces.runs_on("apps/mobile/list.ts", NOTHING) == RunsOn(Surface.MOBILE, 90)
    assert surfaces.runs_on("desk/list.ts", NOTHING) == RunsOn(Surface.COMMAND_LINE, 7)
    assert surfaces.runs_on("ios/List.swift", NOTHING) == RunsOn(Surface.MOBILE, 180)


def test_each_surface_has_a_lifetime_and_all_but_the_server_a_guess():
    assert set(LIFETIMES) == set(Surface) - {Surface.CONSUMER}
    assert {row.surface for row in GUESSES} == set(LIFETIMES)
    assert all(row.words for row in GUESSES)


def test_only_what_outlives_a_rollout_lasts():
    assert [runs.lasts for runs in (RunsOn(), RunsOn(Surface.BROWSER, 1), RunsOn(Surface.MOBILE, 0))] == [
        False,
        True,
        False,
    ]
    assert RunsOn(Surface.CONSUMER, consumer="billing").lasts
