"""Why a version was not published, labelled or removed; each message says what would do."""


class PublishingError(Exception):
    """Nothing that servers see has changed."""


class BadModelName(PublishingError):
    """A model cannot have that name."""


class UnknownModel(PublishingError):
    """There is no model of that name in the folder."""


class UnknownVersion(PublishingError):
    """The model has no such version, or nothing has that label."""


class NotASavedModel(PublishingError):
    """What is to be published is no SavedModel, or its label map is broken."""


class VersionExists(PublishingError):
    """There is a version of that number, and it is never written over."""


class CanaryFailed(PublishingError):
    """The version does not load, or does not answer."""


class NothingToRollBackTo(PublishingError):
    """No version had the label before, or none of those is there any more."""


class StillNeeded(PublishingError):
    """The version has a label, or is the only one."""
