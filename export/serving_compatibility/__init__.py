"""Operations that the pinned TensorFlow Serving can load (docs/decisions/0009).

`operations_2.20.txt` lists the operations of TensorFlow 2.20.0, which the image
`tensorflow/serving:2.20.0` is built of: a line each, the name and then its attributes. It was
written by the library of that release itself, without importing the package:

    pip download --no-deps tensorflow-cpu==2.20.0 && unzip tensorflow_cpu-*.whl 'tensorflow/lib*'

and then `TF_GetAllOpList()` of `libtensorflow_cc.so.2` (c_api.h), by ctypes.
"""
