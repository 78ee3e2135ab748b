"""Lines and imports of rooms, in sample code."""

from lab.docs.rooms import files, imports, is_code, lines, room

CODE = {
    "core/card.py": "from core.jobs.job import Job\n\n",
    "core/jobs/job.py": "import json\n",
    "core/jobs/lua/a.lua": "return 1\n",
    "api/app.py": "from core import card\nfrom core.jobs import job\nfrom api.other import x\n",
}


def test_rooms_are_top_folders_and_folders_of_core_and_lab() -> None:
    rooms = [room(name) for name in ("core/card.py", "core/jobs/lua/a.lua", "lab/docs/rooms.py", "api/web/main.js")]
    assert rooms == ["core", "core/jobs", "lab/docs", "api"]
    assert is_code("api/web/main.js") and is_code("core/card.py")
    assert not is_code("docs/api.md") and not is_code("tests/page/vendor/axe.min.js") and not is_code("setup.py")


def test_lines_are_counted_per_room_and_per_top_folder() -> None:
    assert lines(CODE) == {"core": 4, "core/jobs": 2, "api": 3}


def test_imports_are_between_rooms() -> None:
    assert imports(CODE) == {"core": {"core/jobs"}, "api": {"core", "core/jobs"}}


def test_the_code_of_the_repository_is_read() -> None:
    code = files("HEAD")
    assert "core/jobs/job.py" in code and "core" in imports(code)["api"]
