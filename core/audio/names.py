"""File names of the stems."""

import os

from core.card import LONGEST_STEM

LONGEST = 255  # bytes of a file name on common file systems


def stem_name(song: str, stem: str, extension: str, longest: int = LONGEST) -> str:
    """`song.stem.extension`, with the song's name cut if the whole exceeds `longest` bytes.

    The cut is equal for every stem, so that the files of a song share its name.
    """
    room = longest - len(f"..{extension}") - LONGEST_STEM
    name = os.fsencode(song)
    if len(name) > room:
        while room and name[room] & 0xC0 == 0x80:  # inside a character of UTF-8
            room -= 1
        song = os.fsdecode(name[:room]).rstrip()
    return f"{song}.{stem}.{extension}"
