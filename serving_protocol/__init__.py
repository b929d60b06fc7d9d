"""How a detection travels: TensorFlow Serving's API, both directions, without TensorFlow.

The gateway asks with it and the embedded model server answers with it, so both speak of the same
messages (`messages`), services (`services`), tensors (`tensors`) and detectors (`detector_*`). May
import NumPy, Pillow, protobuf, grpcio and `detection`; never TensorFlow, whose packages only
`generate` reads, once, when the messages are taken over from a new release.
"""
