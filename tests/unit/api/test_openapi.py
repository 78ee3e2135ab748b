"""The contract: complete, and the same as the copy that reviewers see."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import problems, routes
from api.app import create_app
from api.settings import ApiSettings
from core.errors import VoiceliftError

SNAPSHOT = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(create_app(ApiSettings()).openapi()))
    return made


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_is_described(description: dict[str, Any]) -> None:
    """Tests that ask every operation of the description thereby ask every route: no one can be forgotten."""
    modules = [importlib.import_module(f"api.routes.{found.name}") for found in pkgutil.iter_modules(routes.__path__)]
    there = {
        f"{method} {route.path}"
        for module in modules
        for route in module.router.routes
        for method in route.methods
        if (method, route.path) not in {("GET", "/"), ("HEAD", "/")}  # the page
    }
    assert len(there) >= 20
    assert there == {name for name, _ in operations(description)}


def test_the_contract_is_the_one_that_was_reviewed(description: dict[str, Any]) -> None:
    assert description == json.loads(SNAPSHOT.read_text()), (
        "The API's contract has changed. If that is meant: python -m api.openapi > docs/openapi.json"
    )


def test_every_field_is_described(description: dict[str, Any]) -> None:
    bare = []
    for name, schema in description["components"]["schemas"].items():
        if "enum" not in schema:
            bare += [name] * ("description" not in schema)
        for field, about in schema.get("properties", {}).items():
            bare += [f"{name}.{field}"] * ("description" not in about)
    for name, operation in operations(description):
        for parameter in operation.get("parameters", []):
            bare += [f"{name}: {parameter['name']}"] * ("description" not in parameter)
        for body in operation.get("requestBody", {}).get("content", {}).values():
            for field, about in body["schema"].get("properties", {}).items():
                bare += [f"{name}: {field}"] * ("description" not in about)
        for status, answer in operation["responses"].items():
            for header, about in answer.get("headers", {}).items():
                bare += [f"{name} {status}: {header}"] * ("description" not in about and header != "Location")
    assert bare == []


def test_every_problem_that_is_promised_exists(description: dict[str, Any]) -> None:
    def codes(kind: type[VoiceliftError]) -> Iterator[tuple[str, int]]:
        yield kind.code, problems.status_of(kind("It happened."))
        for child in kind.__subclasses__():
            yield from codes(child)

    known = dict(codes(VoiceliftError)) | {"invalid_request": 422}
    for name, operation in operations(description):
        for status, answer in operation["responses"].items():
            for code in answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}):
                assert known[code] == int(status), f"{name}: {code}"
