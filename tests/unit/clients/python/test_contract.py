"""The client's models, options and errors against the contract of the service."""

import json
import re
from typing import Any

import pytest

from core.settings import REPOSITORY
from voicelift_client import account, errors, models
from voicelift_client.models import JobOptions, Model, Problem

OPENAPI = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
VIEWS: dict[type[Model], str] = {
    models.JobInfo: "Job",
    models.JobProgress: "Progress",
    models.SourceInfo: "Source",
    models.ModelRef: "ModelRef",
    models.AcceptedOptions: "JobOptions",
    models.Timings: "Timings",
    models.OutputInfo: "Output",
    models.ConversionInfo: "Conversion",
    models.JobError: "JobError",
    models.JobsPage: "JobList",
    models.UploadInfo: "Upload",
    models.UploadPart: "UploadPart",
    models.ModelInfo: "Model",
    models.ModelsList: "ModelList",
    models.Token: "JobToken",
    models.WebhookSecret: "WebhookSecret",
    models.WebhookEvent: "JobEnded",
    models.WebhookTest: "WebhookTested",
    models.BatchInfo: "BatchSummary",
    models.BatchCounts: "BatchCounts",
    account.Usage: "Usage",
    account.AudioUsage: "AudioUsage",
    account.CountUsage: "CountUsage",
    account.RateUsage: "RateUsage",
    account.Concurrency: "Concurrency",
    account.ApiKey: "ApiKey",
    account.NewApiKey: "NewApiKey",
    account.KeyLimits: "ApiKeyLimits",
    account.ApiKeysPage: "ApiKeyList",
    account.SentMessage: "WebhookTest",
    account.Delivery: "Delivery",
    account.DeliveriesList: "DeliveryList",
    models.Problem: "Problem",
    models.FieldError: "FieldError",
}


@pytest.mark.parametrize("model", VIEWS, ids=lambda model: model.__name__)
def test_a_model_has_the_fields_of_the_contract(model: type[Model]) -> None:
    contract = SCHEMAS[VIEWS[model]]["properties"]
    assert set(model.model_fields) == set(contract)
    for name, field in model.model_fields.items():
        nullable = "null" in json.dumps(contract[name])
        assert not nullable or _takes_none(field.annotation), f"{name} may be null"


def _takes_none(annotation: Any) -> bool:
    return type(None) in getattr(annotation, "__args__", ())


def test_every_option_of_a_job_can_be_given() -> None:
    body = OPENAPI["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema = SCHEMAS[body["$ref"].rpartition("/")[2]] if "$ref" in body else body
    assert set(JobOptions.__annotations__) == set(schema["properties"]) - {"upload_id", "source_url"}


def table(heading: str) -> list[tuple[str, ...]]:
    text = (REPOSITORY / "docs" / "errors.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \| (\d+|yes|no) \|", text, re.MULTILINE)


def test_every_code_of_a_request_has_its_class() -> None:
    rows = table("Codes of requests")
    assert len(rows) > 25
    for code, status in rows:
        problem = Problem(status=int(status), code=code, detail="...", retryable=False)
        error = errors.api_error(problem)
        assert code in type(error).codes, f"{code} is known by its status only"
        later = errors.api_error(problem.model_copy(update={"code": "of_a_later_service"}))
        family = next(kind for kind in type(error).__mro__ if kind.__bases__ == (errors.ApiError,))
        assert isinstance(later, family), f"{code} is not of the family of its status {status}"
    known = [code for kind in errors.api_errors() for code in kind.codes]
    assert sorted(known) == sorted(code for code, _ in rows), "one class per code"


def test_an_unknown_status_is_an_api_error() -> None:
    assert type(errors.api_error(Problem(status=418, code="x", detail="", retryable=False))) is errors.ApiError
