"""TensorFlow Serving's messages, from the official descriptors, in a pool of their own.

The classes are the official ones on the wire: same packages, names and field numbers, taken from
`tensorflow-serving-api` by `generate`. They live in a private descriptor pool, so that TensorFlow
can be imported into the same process, where it registers the same names in the default pool.

Example:
    >>> from serving_protocol.messages import PredictRequest
    >>> request = PredictRequest()
    >>> request.model_spec.name = "hands"
    >>> request.DESCRIPTOR.full_name
    'tensorflow.serving.PredictRequest'
"""

from importlib.resources import files

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

DESCRIPTOR_SET_NAME = "serving_api.binpb"

# Attributes of this module, by the full name of the message each one is.
TOP_LEVEL_MESSAGES = (
    "google.protobuf.Any",
    "tensorflow.AttrValue",
    "tensorflow.BundleEntryProto",
    "tensorflow.BundleHeaderProto",
    "tensorflow.BytesList",
    "tensorflow.Example",
    "tensorflow.Feature",
    "tensorflow.Features",
    "tensorflow.FloatList",
    "tensorflow.FunctionDef",
    "tensorflow.FunctionDefLibrary",
    "tensorflow.GraphDef",
    "tensorflow.Int64List",
    "tensorflow.MetaGraphDef",
    "tensorflow.NodeDef",
    "tensorflow.SavedModel",
    "tensorflow.SignatureDef",
    "tensorflow.TensorInfo",
    "tensorflow.TensorProto",
    "tensorflow.TensorShapeProto",
    "tensorflow.serving.Class",
    "tensorflow.serving.ClassificationRequest",
    "tensorflow.serving.ClassificationResponse",
    "tensorflow.serving.ClassificationResult",
    "tensorflow.serving.Classifications",
    "tensorflow.serving.ClassifyLog",
    "tensorflow.serving.ExampleList",
    "tensorflow.serving.ExampleListWithContext",
    "tensorflow.serving.FileSystemStoragePathSourceConfig",
    "tensorflow.serving.GetModelMetadataRequest",
    "tensorflow.serving.GetModelMetadataResponse",
    "tensorflow.serving.GetModelStatusRequest",
    "tensorflow.serving.GetModelStatusResponse",
    "tensorflow.serving.InferenceResult",
    "tensorflow.serving.InferenceTask",
    "tensorflow.serving.Input",
    "tensorflow.serving.ModelConfig",
    "tensorflow.serving.ModelConfigList",
    "tensorflow.serving.ModelServerConfig",
    "tensorflow.serving.ModelSpec",
    "tensorflow.serving.ModelVersionStatus",
    "tensorflow.serving.MultiInferenceLog",
    "tensorflow.serving.MultiInferenceRequest",
    "tensorflow.serving.MultiInferenceResponse",
    "tensorflow.serving.PredictLog",
    "tensorflow.serving.PredictRequest",
    "tensorflow.serving.PredictResponse",
    "tensorflow.serving.PredictionLog",
    "tensorflow.serving.RegressLog",
    "tensorflow.serving.Regression",
    "tensorflow.serving.RegressionRequest",
    "tensorflow.serving.RegressionResponse",
    "tensorflow.serving.RegressionResult",
    "tensorflow.serving.ReloadConfigRequest",
    "tensorflow.serving.ReloadConfigResponse",
    "tensorflow.serving.SignatureDefMap",
    "tensorflow.serving.StatusProto",
)


def _load_pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    serialized = files(__package__).joinpath(DESCRIPTOR_SET_NAME).read_bytes()
    for file in descriptor_pb2.FileDescriptorSet.FromString(serialized).file:
        pool.Add(file)
    return pool


_pool = _load_pool()


def message_class(full_name: str) -> type[Message]:
    """The class of the message called `full_name`, for example `tensorflow.serving.PredictLog`.

    Raises:
        KeyError: the API has no message of that name.
    """
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(full_name))


DataType = EnumTypeWrapper(_pool.FindEnumTypeByName("tensorflow.DataType"))
ModelVersionState = EnumTypeWrapper(
    _pool.FindEnumTypeByName("tensorflow.serving.ModelVersionStatus.State")
)
globals().update(
    {full_name.rpartition(".")[2]: message_class(full_name) for full_name in TOP_LEVEL_MESSAGES}
)
