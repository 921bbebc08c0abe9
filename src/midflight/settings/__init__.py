"""Inputs, environment and configuration file, read once into one frozen value, all problems told at once."""

from midflight.settings.model import CONFIGURATION_PATH, Configuration, Runner, Settings
from midflight.settings.reading import configured_path, read_runner, read_settings

__all__ = [
    "CONFIGURATION_PATH",
    "Configuration",
    "Runner",
    "Settings",
    "configured_path",
    "read_runner",
    "read_settings",
]
