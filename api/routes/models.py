"""The available models."""

from fastapi import APIRouter

from api.access import BY_KEY
from api.deps import ModelCard
from api.schemas import ModelListView, ModelView

router = APIRouter(tags=["models"], dependencies=[BY_KEY])


@router.get("/v1/models", response_model=ModelListView, summary="List models")
async def list_models(card: ModelCard) -> ModelListView:
    """Name, version, qualities, and whether commercial use is allowed."""
    return ModelListView(models=[ModelView.of(card)])
