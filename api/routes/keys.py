"""Management of API keys with an operator key, so that the backend of an app can issue keys to its users.

An operator key cannot create another one: that requires the command line on the service.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access import BY_KEY, FOR_OPERATOR
from api.deps import AccessKeys, CurrentCaller
from api.responses import UNAVAILABLE, problems_of
from core.access.keys import ID_PATTERN, Key, Limits
from core.errors import NotFound
from core.jobs.view import View

router = APIRouter(tags=["keys"], dependencies=[BY_KEY, FOR_OPERATOR])
log = logging.getLogger(__name__)

KEYS_PATH = "/v1/keys"
LONGEST_S = 10 * 365 * 86400.0
_ID = "8r0s1t2v3w4x"
_PROBLEMS = {
    "operator_only": (403, "This key is not an operator's, so it cannot manage keys."),
    "store_unavailable": UNAVAILABLE["store_unavailable"],
}


class ApiKeyLimits(BaseModel):
    """Limits of a key. Null: the service's settings; 0: no limit."""

    # strict: false is not 0, which would mean no limit.
    model_config = ConfigDict(extra="forbid", frozen=True)

    requests_per_minute: int | None = Field(
        default=None, ge=0, strict=True, description="Requests per minute, except submissions."
    )
    submissions_per_minute: int | None = Field(
        default=None,
        ge=0,
        strict=True,
        description="New jobs, uploads, retries, and requested webhook deliveries per minute.",
    )
    jobs_in_flight: int | None = Field(default=None, ge=0, strict=True, description="Jobs of the tenant in flight.")
    audio_s_per_day: int | None = Field(
        default=None, ge=0, strict=True, description="Seconds of audio of the tenant per day."
    )


class ApiKeyRequest(BaseModel):
    """A key to create."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        min_length=1, max_length=100, description="Purpose of the key, for your lists.", examples=["user 8231"]
    )
    tenant: str | None = Field(
        default=None,
        max_length=64,
        description="Tenant of the key: keys of one tenant see the same jobs. Lower-case letters, digits, dots, "
        "dashes and underscores. Default: the tenant of the calling key.",
        examples=["user-8231"],
    )
    expires_s: float | None = Field(
        default=None,
        gt=0,
        le=LONGEST_S,
        strict=True,
        allow_inf_nan=False,
        description="Lifetime in seconds; by default the key is valid until it is revoked.",
        examples=[86400],
    )
    limits: ApiKeyLimits | None = Field(default=None, description="Individual limits.")


class ApiKeyView(View):
    """A key, without its secret."""

    id: str = Field(description="Id of the key in lists and logs; it gives no access.", examples=[_ID])
    tenant: str = Field(description="Tenant of the key.", examples=["user-8231"])
    name: str = Field(description="Purpose of the key.", examples=["user 8231"])
    operator: bool = Field(description="Whether it may manage keys.")
    limits: ApiKeyLimits = Field(description="Individual limits.")
    created_at: datetime = Field(description="Time of creation.")
    expires_at: datetime | None = Field(description="Expiry; null: never.")
    last_used_at: datetime | None = Field(description="Time of the last use, to the minute; null: never.")
    revoked_at: datetime | None = Field(description="Time of revocation; null: not revoked.")

    @classmethod
    def of(cls, key: Key) -> Self:
        return cls(**_fields(key))


class NewApiKeyView(ApiKeyView):
    """A new key, with its secret."""

    key: str = Field(
        description="The key for `Authorization: Bearer ...`. It is returned only once.",
        examples=[f"vl_{_ID}_{'0123456789abcdef' * 4}"],
    )


class ApiKeyListView(View):
    """A page of keys, newest first."""

    keys: list[ApiKeyView] = Field(description="Newest first, including revoked ones.")
    next_cursor: str | None = Field(
        description="Pass it as `cursor` to get the next page; null on the last one.", examples=[_ID]
    )


@router.post(
    KEYS_PATH,
    status_code=201,
    response_model=NewApiKeyView,
    summary="Create a key",
    responses=problems_of(
        malformed_json=(400, "The body is not well-formed JSON."),
        invalid_options=(422, "A tenant's name has 1 to 64 lower-case letters, digits, dots, dashes or underscores."),
        invalid_request=(422, "The request has invalid fields."),
        **_PROBLEMS,
    ),
)
def create_key(body: ApiKeyRequest, caller: CurrentCaller, keys: AccessKeys) -> NewApiKeyView:
    """Requires an operator key. The new key is a normal one, of any tenant and with any limits. If the response is
    lost, the key cannot be shown again: revoke it, listed by its name, and create another."""
    tenant = body.tenant or caller.tenant
    assert tenant is not None, "only a key opens this route"
    expires_at = None if body.expires_s is None else time.time() + body.expires_s
    limits = Limits() if body.limits is None else Limits(**body.limits.model_dump())
    key, text = keys.create(body.name, tenant, expires_at, limits)
    log.info("key created", extra={"made_key": key.id, "of_tenant": key.tenant})
    return NewApiKeyView(**_fields(key), key=text)


@router.get(
    KEYS_PATH,
    response_model=ApiKeyListView,
    summary="List keys",
    responses=problems_of(
        not_found=(404, "There is no such key."),
        invalid_request=(422, "The request has invalid fields."),
        **_PROBLEMS,
    ),
)
def list_keys(
    keys: AccessKeys,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of keys.")] = 20,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of the previous page.", pattern=f"^{ID_PATTERN}$", examples=[_ID])
    ] = None,
) -> ApiKeyListView:
    """Requires an operator key. All keys of the service, of every tenant, in pages."""
    page = keys.page(limit + 1, cursor)
    shown = page[:limit]
    return ApiKeyListView(
        keys=[ApiKeyView.of(key) for key in shown], next_cursor=shown[-1].id if len(page) > limit else None
    )


@router.delete(
    KEYS_PATH + "/{key_id}",
    status_code=204,
    summary="Revoke a key",
    responses={
        204: {"description": "The key is revoked. It stays in the list."},
        **problems_of(not_found=(404, "There is no such key."), **_PROBLEMS),
    },
)
def revoke_key(
    key_id: Annotated[str, Path(description="As returned at its creation.", examples=[_ID])], keys: AccessKeys
) -> None:
    """Requires an operator key. Permanent and immediate; idempotent. The tenant's jobs stay."""
    try:
        key = keys.revoke(key_id)
    except NotFound:
        raise NotFound("There is no such key.") from None
    log.info("key revoked", extra={"revoked_key": key.id, "of_tenant": key.tenant})


def _fields(key: Key) -> dict[str, Any]:
    times = {name: _when(getattr(key, name)) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")}
    limits = ApiKeyLimits(**key.limits.model_dump())
    return {"id": key.id, "tenant": key.tenant, "name": key.name, "operator": key.operator, "limits": limits, **times}


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
