"""What the templates are handed, whichever page they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from flask import request

from client_api.catalog.default_model import DefaultModel
from client_api.catalog.model_catalog import ModelCatalog
from client_api.observability.request_record import current_record
from client_api.requests.parameters import FORM_PARAMETERS, MAX_DETECTIONS, Parameter
from client_api.responses.limits_document import limits_of
from client_api.responses.page_target import DEFAULT_PATH, Target
from client_api.settings import Settings
from detection.images.formats import FORMAT_NAMES, SUFFIXES
from detection.palette import PALETTE

# Under the gateway's own root; a prefix goes before each.
PATHS = {
    "page": "/",
    "docs": "/docs",
    "models": "/models",
    "limits": "/limits",
    "ready": "/readyz",
    "predict": DEFAULT_PATH,
}


@dataclass(frozen=True)
class PageVariables:
    """Collects what the templates need; asks no model server, so that a page never waits for one.

    Attributes:
        settings: limits and pipelines.
        catalog: the models that the form offers.
        default_model: which one it asks where none is chosen.
    """

    settings: Settings
    catalog: ModelCatalog
    default_model: DefaultModel

    def about(self, target: Target | None) -> dict[str, Any]:
        """The variables of all pages.

        Args:
            target: the one that the form asks; None for the default.
        """
        settings, catalog = self.settings, self.catalog
        default, names = self.default_model.name_if_any(), catalog.names()
        if target is None and default is not None:
            target = Target(default)
        model = None if target is None else self._model(target)
        paths = {name: request.script_root + path for name, path in PATHS.items()}
        limits = limits_of(settings)
        return {
            "paths": paths,
            "model": model,
            "target": None if target is None else target.value,
            "action": self._action(target, default),
            "targets": self._choices(target, names, default),
            "default_model": default,
            "other_models": [each for each in names if each != model],
            # Looked for only where the page says that there is no model.
            "not_served": [] if names else [str(each) for each in catalog.diagnoses()],
            "form_fields": _form_fields(current_record().form),
            "image_formats": FORMAT_NAMES,
            "image_suffixes": ",".join(SUFFIXES),
            "limits": limits,
            "max_megabytes": settings.max_request_bytes / 1_000_000,
            "max_megapixels": settings.max_image_pixels / 1_000_000,
            "needs_key": settings.needs_key,
            "has_folder": catalog.has_folder,
            "config": {
                "version": _package_version(),
                "root": request.script_root,
                "paths": paths,
                "limits": limits,
                "target": None if target is None else target.value,
                "default_model": default,
                "model_names": names or ([default] if default is not None else []),
                "needs_key": settings.needs_key,
                "max_detections": MAX_DETECTIONS,
                "palette": list(PALETTE),
            },
        }

    def pipeline_of_query(self) -> str | None:
        """The pipeline that the request's address names, where there is one of that name."""
        named = request.args.get("pipeline")
        known = {each.name for each in self.settings.pipelines}
        return named if named in known else None

    def _model(self, target: Target) -> str | None:
        """The model that is asked, or asked first."""
        detectors = {each.name: each.detector for each in self.settings.pipelines}
        return detectors.get(target.pipeline) if target.pipeline is not None else target.model

    def _action(self, target: Target | None, default: str | None) -> str:
        is_default = target is None or target == Target(default or "")
        return request.script_root + (DEFAULT_PATH if is_default or target is None else target.path)

    def _choices(
        self, target: Target | None, names: list[str], default: str | None
    ) -> list[dict[str, Any]]:
        """Every model, its labels and its versions, as the folder has them, and every pipeline."""
        known = [each for each in (default, None if target is None else target.model) if each]
        choices: list[Target] = []
        for name in sorted({*names, *known}):
            choices.append(Target(name))
            choices += [Target(name, label=each) for each in self.catalog.version_labels.of(name)]
            choices += [Target(name, each) for each in self.catalog.versions(name)]
        pairs = {each.name: each for each in self.settings.pipelines}
        choices += [Target(None, pipeline=each) for each in pairs]
        if target is not None and target not in choices:
            choices.append(target)
        return [
            {
                "value": each.value,
                "model": each.model,
                "version": None if each.version is None else str(each.version),
                "label": each.label,
                "pipeline": None if each.pipeline is None else pairs.get(each.pipeline),
                "selected": each == target,
                "url": f"{request.script_root}/?model={quote(each.value)}",
            }
            for each in choices
        ]


def _form_fields(sent: Mapping[str, str]) -> list[tuple[Parameter, str]]:
    """The form's parameters, each with its value: what was typed, so that nobody types it again."""
    return [
        (each, sent.get(each.name, str(each.schema.get("default", "")))) for each in FORM_PARAMETERS
    ]


def _package_version() -> str | None:
    try:
        return version("boxwright")
    except PackageNotFoundError:
        # The container has the code without the package.
        return None
