"""The inverse of one step: DDL that turns the catalog after it back into the catalog before it."""

from midflight.plan.inverse.step import invert

__all__ = ["invert"]
