"""The contract is complete, and equals the reviewed copy."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api import problems, routes
from api.app import create_app
from api.settings import ApiSettings
from core.errors import VoiceliftError

FOR_PEOPLE = {"/", "/assets/{path:path}", "/docs", "/docs/{path:path}", "/openapi.json"}  # and the description
SNAPSHOT = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(create_app(ApiSettings()).openapi()))
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_is_described(description: dict[str, Any]) -> None:
    """Tests over every operation of the description then cover every route."""
    modules = [importlib.import_module(f"api.routes.{module.name}") for module in pkgutil.iter_modules(routes.__path__)]
    there = {
        f"{method} {route.path}"
        for module in modules
        for route in module.router.routes
        for method in route.methods
        if route.path not in FOR_PEOPLE
    }
    assert len(there) >= 20
    assert there == {name for name, _ in operations(description)}


def test_the_contract_equals_the_reviewed_one(description: dict[str, Any]) -> None:
    assert description == json.loads(SNAPSHOT.read_text()), (
        "The API's contract has changed. If intended, run: python -m lab.docs"
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
        for status, response in operation["responses"].items():
            for header, about in response.get("headers", {}).items():
                bare += [f"{name} {status}: {header}"] * ("description" not in about)
    assert bare == []


def test_every_documented_problem_exists(description: dict[str, Any]) -> None:
    def codes(kind: type[VoiceliftError]) -> Iterator[tuple[str, int]]:
        yield kind.code, problems.status_of(kind("It happened."))
        for child in kind.__subclasses__():
            yield from codes(child)

    statuses = dict(codes(VoiceliftError)) | {"invalid_request": 422}
    for name, operation in operations(description):
        for status, response in operation["responses"].items():
            for code in response.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}):
                assert statuses[code] == int(status), f"{name}: {code}"


def test_operation_ids_suit_generated_clients(description: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(description)]
    ids += [hook["post"]["operationId"] for hook in description["webhooks"].values()]
    assert {"createJob", "getJob", "streamJobEvents", "downloadOutput", "onJobSucceeded"} <= set(ids)
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch("[a-z]+([A-Z][a-z]+)*", name)] == []


def test_every_operation_states_its_access(description: dict[str, Any]) -> None:
    schemes = set(description["components"]["securitySchemes"])
    for name, operation in operations(description):
        needed = {scheme for terms in operation["security"] for scheme in terms}
        assert needed <= schemes, name
        assert ("401" in operation["responses"]) == bool(needed), name


def test_requests_are_flat_and_files_are_binary(description: dict[str, Any]) -> None:
    """Client generators make one class of each, and a file of `file`."""
    schemas = description["components"]["schemas"]
    form, body = schemas["JobForm"], schemas["JobRequest"]
    assert (form["properties"]["file"]["type"], form["properties"]["file"]["format"]) == ("string", "binary")
    assert not {"oneOf", "anyOf", "allOf"} & (set(form) | set(body))
    assert set(body["properties"]) - set(form["properties"]) == {"upload_id", "source_url"}
    assert set(form["properties"]) - set(body["properties"]) == {"file"}
    assert "null" not in json.dumps(form)


def test_all_tags_are_described(description: dict[str, Any]) -> None:
    described = {tag["name"] for tag in description["tags"] if tag["description"]}
    assert described == {tag for _, operation in operations(description) for tag in operation["tags"]}


def test_no_schema_has_a_field_with_its_name(description: dict[str, Any]) -> None:
    """openapi-python-client would use one variable for both: a list of jobs is a JobList with `jobs`."""
    for name, schema in description["components"]["schemas"].items():
        assert re.sub("(?<!^)(?=[A-Z])", "_", name).lower() not in schema.get("properties", {}), name


def test_request_schemas_have_no_defaults(description: dict[str, Any]) -> None:
    """Generated clients would send a `default` with each request, and some ask for every field that has one."""
    for name in ("JobForm", "JobRequest", "UploadRequest"):
        fields = description["components"]["schemas"][name]["properties"]
        assert [field for field, about in fields.items() if "default" in about] == []
    assert description["components"]["schemas"]["JobForm"]["properties"]["quality"]["description"].endswith(
        "Default: standard."
    )


def test_jobs_are_shown_by_examples_that_are_valid(description: dict[str, Any]) -> None:
    shown = [body for hook in description["webhooks"].values() for body in [hook["post"]["requestBody"]]]
    shown += [response for _, operation in operations(description) for response in operation["responses"].values()]
    kinds = [each["content"]["application/json"] for each in shown if "application/json" in each.get("content", {})]
    job = {"$ref": "#/components/schemas/Job"}
    checked = 0
    for kind in kinds:
        valid = Draft202012Validator({**description, **kind["schema"]})
        assert kind["schema"] != job or kind["examples"], "a job is shown as it is"
        for example in kind.get("examples", {}).values():
            valid.validate(example["value"])
            checked += 1
    assert checked >= 12
