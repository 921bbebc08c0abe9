"""Writes the image's digest into action.yml, so that a release runs the very image that was attested."""

import re
import sys
from pathlib import Path

_IMAGE_LINE = re.compile(r"^(?P<indent> +)image: (?:Dockerfile|docker://\S+)$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def pin(action: str, image: str, digest: str) -> str:
    """Return action.yml's text with `docker://image@digest` in place of the image that it names.

    Raises `ValueError` for a name with upper case or a tag, for anything but a whole SHA-256, and for a text that does
    not name exactly one image.
    """
    if not _NAME.fullmatch(image):
        raise ValueError(f"{image!r} is not an image's name: lower case, with its registry, without a tag")
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is not a digest: `sha256:` and 64 hexadecimal digits")
    pinned, count = _IMAGE_LINE.subn(rf"\g<indent>image: docker://{image}@{digest}", action)
    if count != 1:
        raise ValueError(f"action.yml must name one image, and names {count}")
    return pinned


def main(path: str, image: str, digest: str) -> None:
    """Pin the file in place."""
    file = Path(path)
    file.write_text(pin(file.read_text(encoding="utf-8"), image, digest), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
