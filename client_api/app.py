"""`create_app`: the one place where the gateway's parts are wired together."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from flask import Flask

from client_api import API_VERSION
from client_api.api_keys import ApiKeys
from client_api.catalog.default_model import DefaultModel
from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersionCache
from client_api.catalog.stable_version import StableVersionServer
from client_api.inference.belief_maps import BeliefMapClient
from client_api.inference.box_order_probing import BoxOrderProber
from client_api.inference.detector_client import DetectorClient
from client_api.inference.known_version import KnownVersions
from client_api.inference.probe_locks import ProbeLocks
from client_api.inference.readiness import Readiness
from client_api.inference.string_forms import StringInputForms
from client_api.limits.body_memory import BODY_MEMORY, BodyMemory
from client_api.limits.caller_counts import (
    KNOWN_KEYS_TABLE,
    QUOTAS_TABLE,
    WRONG_KEYS_TABLE,
    CallerCounts,
)
from client_api.limits.concurrency import (
    ANY_IMAGE,
    COSTLY_IMAGE,
    LARGE_IMAGE,
    LARGE_SLOTS,
    ConcurrencyLimit,
    FileSlots,
    Slots,
    ThreadSlots,
    costly_slots,
)
from client_api.limits.rate_limit import MINUTE_S, RateLimit
from client_api.limits.worker_threads import max_requests_held
from client_api.model_facts.reload_detection import ReloadDetector
from client_api.model_facts.store import FACTS, FactStore
from client_api.model_facts.tracker import FactTracker
from client_api.observability.metrics import Metrics
from client_api.observability.request_record import keep_records
from client_api.prediction.keypoint_stage import KeypointStage
from client_api.prediction.service import PredictionService
from client_api.requests.allowed_hosts import AllowedHosts
from client_api.requests.dialects import BOXWRIGHT, DEEPSTACK
from client_api.requests.forwarded import Forwarded
from client_api.requests.host_header import refuse_hosts
from client_api.requests.key_guard import KNOWN_S, KeyGuard
from client_api.resources import (
    deepstack,
    docs,
    models,
    operations,
    page,
    predictions,
    static_files,
)
from client_api.responses import pages as html_pages
from client_api.responses.cross_origin import allow_origins
from client_api.responses.deepstack_json import add_failure_members, respond_as_deepstack
from client_api.responses.finishing import finish_answers
from client_api.responses.model_document import ModelDocuments
from client_api.responses.page_variables import PageVariables
from client_api.responses.prediction_response import respond
from client_api.responses.problem_documents import ProblemApi, answer_errors_as_problems
from client_api.settings import Settings
from detection.images.decoding_process import DecodingProcess
from detection.kinds.table import KINDS, OutputKinds
from serving_protocol.client import GrpcModelServer
from serving_protocol.model_server import ModelServer

AUTHORIZATIONS = {
    "bearer": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
# Of Flask's `extensions`: what `warm_up` reads beforehand.
CATALOG = "boxwright_catalog"


def create_app(
    settings: Settings,
    model_server: ModelServer | None = None,
    *,
    slots_folder: Path | None = None,
    kinds: OutputKinds = KINDS,
) -> Flask:
    """The gateway as a WSGI application.

    Args:
        settings: what the operator chose.
        model_server: answers predictions; by default the one at `settings.serving_addresses`, to
            which nothing connects before the first request.
        slots_folder: shared by the worker processes, see `FileSlots`; None for one process.
        kinds: of output, that models are asked for.
    """
    if model_server is None:
        model_server = GrpcModelServer(settings.serving_addresses, watches=True)
    parts = wire(settings, model_server, slots_folder, kinds)
    app = Flask(__name__, static_folder=None)
    app.config["RESTX_MASK_SWAGGER"] = False
    # Models refer to one another, which Flask-RESTX does not follow.
    app.config["RESTX_INCLUDE_ALL_MODELS"] = True
    app.extensions[BODY_MEMORY] = BodyMemory(settings.max_upload_memory_bytes // settings.workers)
    keep_records(app)
    refuse_hosts(app, AllowedHosts(settings.allowed_hosts).allows)
    app.wsgi_app = Forwarded(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]  # Flask's own way
    answer_errors_as_problems(app)
    show_as_page = partial(html_pages.show_problem_as_page, pages=parts.pages)
    allow_origins(app, settings.allow_origins)
    finish_answers(app, parts.metrics, add_failure_members, show_as_page)
    static_files.serve_static_files(app)
    catalog, default_model = parts.catalog, parts.default_model
    app.extensions[CATALOG] = catalog
    app.register_blueprint(page.blueprint(parts.pages, settings.pipelines, catalog, default_model))
    app.register_blueprint(docs.blueprint())
    api = ProblemApi(
        app,
        version=API_VERSION,
        title="Boxwright",
        description="An image in, named boxes out.",
        authorizations=AUTHORIZATIONS if settings.needs_key else None,
    )
    api.add_namespace(predictions.namespace(parts.service))
    api.add_namespace(deepstack.namespace(parts.deepstack_service, parts.documents))
    api.add_namespace(models.namespace(parts.documents, settings.pipelines))
    api.add_namespace(operations.namespace(settings, parts.readiness, parts.metrics))
    return app


def warm_up(app: Flask) -> None:
    """Do beforehand what the page's first visitor would wait for, in each process that serves."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    static_files.compress_page_files(app)
    app.extensions[CATALOG].read_all()


class Parts(NamedTuple):
    """What `create_app` hands to the resources, each what it uses."""

    service: PredictionService
    deepstack_service: PredictionService
    documents: ModelDocuments
    catalog: ModelCatalog
    default_model: DefaultModel
    pages: html_pages.Pages
    readiness: Readiness
    metrics: Metrics


def wire(
    settings: Settings, model_server: ModelServer, slots_folder: Path | None, kinds: OutputKinds
) -> Parts:
    """The parts, each handed what it needs."""
    catalog = ModelCatalog(settings.models_dir)
    default_model = DefaultModel(settings.model_name, catalog)
    server = StableVersionServer(model_server, catalog.version_labels)
    versions = ServedVersionCache(server, kinds)
    folder = _facts_folder(settings, slots_folder)
    store = FactStore(folder)
    facts = FactTracker(catalog, store, ReloadDetector(model_server, versions))
    forms = StringInputForms(facts)
    known = KnownVersions(model_server, versions, catalog, store, facts, forms)
    prober = BoxOrderProber(server, facts, ProbeLocks(folder))
    max_pixels = settings.max_image_pixels
    client = DetectorClient(server, versions, known, forms, facts, prober, max_pixels)
    belief_maps = BeliefMapClient(server, versions, max_pixels)
    pages = html_pages.Pages(PageVariables(settings, catalog, default_model))
    metrics = Metrics()
    service = PredictionService(
        settings=settings,
        key_guard=_key_guard(settings, slots_folder, metrics),
        concurrency=_concurrency_limit(settings.max_concurrent_predictions, slots_folder),
        rate_limit=_rate_limit(settings.rate_limit_per_minute, slots_folder),
        default_model=default_model,
        client=client,
        keypoints=KeypointStage(client, belief_maps, catalog),
        metrics=metrics,
        decoder=DecodingProcess(),
        dialect=BOXWRIGHT,
        respond=partial(respond, page=pages.result),
    )
    return Parts(
        service=service,
        deepstack_service=replace(service, dialect=DEEPSTACK, respond=respond_as_deepstack),
        documents=ModelDocuments(server, versions, catalog, facts, default_model),
        catalog=catalog,
        default_model=default_model,
        pages=pages,
        readiness=Readiness(
            server,
            client,
            default_model.watched,
            settings.predict_timeout_s,
            catalog.version_labels.stable,
        ),
        metrics=metrics,
    )


def _concurrency_limit(count: int, slots_folder: Path | None) -> ConcurrencyLimit:
    slots: Slots = ThreadSlots(count)
    large_slots: Slots = ThreadSlots(LARGE_SLOTS)
    slots_for_costly: Slots = ThreadSlots(costly_slots(count))
    if slots_folder is not None:
        slots = FileSlots(slots_folder / ANY_IMAGE)
        large_slots = FileSlots(slots_folder / LARGE_IMAGE)
        slots_for_costly = FileSlots(slots_folder / COSTLY_IMAGE)
    return ConcurrencyLimit(slots, large_slots, slots_for_costly, max_requests_held(count))


def _facts_folder(settings: Settings, slots_folder: Path | None) -> Path | None:
    """Where what is found out of models is written: over restarts, for this run, or nowhere."""
    if settings.model_facts_dir is not None:
        return settings.model_facts_dir
    return None if slots_folder is None else slots_folder / FACTS


def _rate_limit(per_minute: int | None, slots_folder: Path | None) -> RateLimit:
    return RateLimit(per_minute, slots_folder and slots_folder / QUOTAS_TABLE)


def _key_guard(settings: Settings, slots_folder: Path | None, metrics: Metrics) -> KeyGuard:
    return KeyGuard(
        ApiKeys(settings.api_key, settings.api_keys_file),
        CallerCounts(MINUTE_S, slots_folder and slots_folder / WRONG_KEYS_TABLE),
        CallerCounts(KNOWN_S, slots_folder and slots_folder / KNOWN_KEYS_TABLE),
        metrics,
    )
