"""`boxwright` with the tiny detector in its registry: `python -m tests.support.tiny_training`.

The variable LOGICAL_CPUS makes several devices of this machine's processor.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from boxwright.__main__ import main
from tests.support.tiny_detector import register_tiny_detector

if __name__ == "__main__":
    count = int(os.environ.get("LOGICAL_CPUS", "1"))
    if count > 1:
        processor = tf.config.list_physical_devices("CPU")[0]
        parts = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(processor, parts)
    register_tiny_detector()
    sys.exit(main())
