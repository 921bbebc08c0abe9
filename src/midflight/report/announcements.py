"""The strategy's two announcements: which lines they have, and what stands in a line that nothing is known for."""

from collections.abc import Mapping

from midflight.plan.model import Announcement

BEFORE = {
    "subject": ("Subject", "Database Migration - [Feature Name]"),
    "timeline": ("Timeline", "[Date & Time]"),
    "downtime": ("Expected Downtime", "None (zero-downtime deployment)"),
    "impact": ("Impact", "No user impact expected"),
    "rollback": ("Rollback Plan", "[Brief description]"),
}
AFTER = {
    "subject": ("Subject", "✅ Deployment Complete - [Feature Name]"),
    "status": ("Status", "Successful"),
    "issues": ("Issues", "None"),
    "monitoring": ("Monitoring", "Enabled for 24 hours"),
    "next": ("Next Steps", "None"),
}


def announced(announcement: Announcement, form: Mapping[str, tuple[str, str]]) -> Mapping[str, str]:
    """Return the lines of an announcement by the template's keys, empty when there is nothing to announce."""
    if not announcement.lines:
        return {}
    told = dict(announcement.lines)
    return {key: told.get(label) or default for key, (label, default) in form.items()}
