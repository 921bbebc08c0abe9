"""Deployment order by phase, rollback, checklist, verification and monitoring, announcements."""
