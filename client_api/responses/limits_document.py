"""The limits, as `/limits` tells them and the page shows them."""

from client_api.settings import Settings
from detection.label_map_text import MAX_LABEL_MAP_BYTES


def limits_of(settings: Settings) -> dict[str, int | float | None]:
    """The limits, under their settings' names in lower case."""
    return {
        "predict_timeout_s": settings.predict_timeout_s,
        "max_request_bytes": settings.max_request_bytes,
        "max_image_pixels": settings.max_image_pixels,
        "max_images_per_request": settings.max_images_per_request,
        "max_concurrent_predictions": settings.max_concurrent_predictions,
        "max_label_map_bytes": MAX_LABEL_MAP_BYTES,
        "rate_limit_per_minute": settings.rate_limit_per_minute,
    }
