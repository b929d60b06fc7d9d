"""The core over gRPC: TensorFlow Serving's two services, and the standard health service."""
