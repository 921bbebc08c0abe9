"""A comment's Markdown as a page that looks like GitHub's conversation view."""

import html
import re
from pathlib import Path

from markdown_it import MarkdownIt

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def comment_page(title: str, markdown: str) -> str:
    """Return a whole page with the comment on a pull request of that title."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1 class="title">{html.escape(title)}</h1>
<article>
<header><strong>github-actions</strong> <span class="label">bot</span> commented</header>
<div class="body">
{comment_body(markdown)}
</div>
</article>
</main>
</body>
</html>
"""


def comment_body(markdown: str) -> str:
    """Return the HTML of a comment: tables, folded parts, task lists and alerts as on GitHub."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return alerts(tasks(parser.render(markdown)))


def tasks(text: str) -> str:
    """Return list items that begin with a box as GitHub's task list items."""

    def item(found: re.Match[str]) -> str:
        ticked = " checked" if found["mark"] in "xX" else ""
        return f'<li class="task">{found["open"] or ""}<input type="checkbox" disabled{ticked}>'

    return re.sub(r"<li>(?P<open>\s*<p>)?\[(?P<mark>[ xX])\]", item, text)


def alerts(text: str) -> str:
    """Return quotes that begin with a mark such as [!CAUTION] as GitHub's alerts."""
    return re.sub(
        r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*",
        lambda found: f'<blockquote class="alert {found[1].lower()}"><strong>{found[1].capitalize()}</strong>\n<p>',
        text,
    )
