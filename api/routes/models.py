"""The models that jobs can use."""

from fastapi import APIRouter

from api.deps import Serving
from api.schemas import ModelsView, ModelView

router = APIRouter(tags=["models"])


@router.get("/v1/models", response_model=ModelsView, summary="List the models")
async def list_models(serving: Serving) -> ModelsView:
    """Name, version, qualities, and whether commercial use is allowed."""
    return ModelsView(models=[ModelView.of(serving.card)])
