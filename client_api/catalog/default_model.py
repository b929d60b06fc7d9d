"""Which model is asked where a request names none."""

import logging

from client_api.catalog.model_catalog import ModelCatalog
from client_api.errors import NoModelChosen, NoModelYet

# Of what is wrong in the models folder, so much is told in one message; /models tells all.
MOST_SAID = 5

_log = logging.getLogger(__name__)


class DefaultModel:
    """The default model: the one that is set, or the first that is published.

    Args:
        name: the one that is set; None where none was published at the start.
        catalog: where one may appear.
    """

    def __init__(self, name: str | None, catalog: ModelCatalog) -> None:
        self._name = name
        self._catalog = catalog

    def name(self) -> str:
        """The default model's name.

        Raises:
            NoModelYet: none is published yet.
            NoModelChosen: several are, and none of them is the default.
        """
        if self._name is None:
            found = self._catalog.names()
            if not found:
                raise NoModelYet(
                    "no model is served yet; copy one into the models folder as "
                    "NAME/1/saved_model.pb, with NAME/label_map.pbtxt beside it"
                    + "".join(f"; {each}" for each in self._catalog.diagnoses()[:MOST_SAID])
                )
            if len(found) > 1:
                raise NoModelChosen(
                    f"several models are served and none is the default: {', '.join(found)}; "
                    "name one in the path, /models/NAME/predict, or set MODEL_NAME"
                )
            self._name = found[0]
            _log.info("model %s has been published and is the default now", self._name)
        return self._name

    def name_if_any(self) -> str | None:
        """The default model's name; None where there is none yet."""
        try:
            return self.name()
        except (NoModelYet, NoModelChosen):
            return None

    def watched(self) -> str:
        """The model whose answer says that the gateway is ready: the default, or the first by name.

        Raises:
            NoModelYet: none is published yet.
        """
        try:
            return self.name()
        except NoModelChosen:
            return self._catalog.names()[0]
